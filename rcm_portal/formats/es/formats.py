from rcm_portal.dates import DAY

DATE_FORMAT = DAY["es"]
DATETIME_FORMAT = f"{DATE_FORMAT}, H:i (e)"
