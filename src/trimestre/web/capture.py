"""The view *Capturar*."""

from fastapi import APIRouter

router = APIRouter()
