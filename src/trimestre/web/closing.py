"""The view *Cierre*."""

from fastapi import APIRouter

router = APIRouter()
