"""The HR pack: policy questions and short résumés. Every person and company in its sample is invented."""

from groundtune_hr.pack import pack

__all__ = ["pack"]
