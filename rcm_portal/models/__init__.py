from .access import AccessAction, AccessRecord

__all__ = ["AccessAction", "AccessRecord"]
