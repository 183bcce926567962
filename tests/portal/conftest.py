from tests.portal.fixtures import mail_templates, smtp_settings

__all__ = ["mail_templates", "smtp_settings"]
