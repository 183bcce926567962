from rcm_portal.output.dates import DAY

DATE_FORMAT = DAY["es"]
DATETIME_FORMAT = f"{DATE_FORMAT}, H:i (e)"
