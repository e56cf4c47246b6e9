"""The view *Indicador*."""

from fastapi import APIRouter

router = APIRouter()
