"""The view *Documentos*."""

from fastapi import APIRouter

router = APIRouter()
