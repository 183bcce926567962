from rcm_portal.output.dates import DAY

DATE_FORMAT = DAY["en"]
DATETIME_FORMAT = f"{DATE_FORMAT}, H:i (e)"
