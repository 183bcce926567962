from rcm_portal.output.dates import DAY, DAY_WITHOUT_YEAR

# Readers come from many countries: the month by name, the day before it, and never 03/04.
DATE_FORMAT = DAY["en"]
DATETIME_FORMAT = f"{DATE_FORMAT}, H:i (e)"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = f"{SHORT_DATE_FORMAT}, H:i (e)"
MONTH_DAY_FORMAT = DAY_WITHOUT_YEAR["en"]
TIME_FORMAT = "H:i"
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d %B %Y", "%d %b %Y"]
DATETIME_INPUT_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M"]
