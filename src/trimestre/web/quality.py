"""The view *Calidad*."""

from fastapi import APIRouter

router = APIRouter()
