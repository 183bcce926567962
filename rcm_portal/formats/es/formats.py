from rcm_portal.output.dates import DAY

DATE_FORMAT = DAY["es"]
DATETIME_FORMAT = f"{DATE_FORMAT}, H:i (e)"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = f"{SHORT_DATE_FORMAT}, H:i (e)"
