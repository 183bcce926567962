# The portal as one image: web, worker, clock and commands differ in the command only (compose.yaml).
# Built from the locked packages with their hashes; runs as an account without rights, on a root that may be read-only.

FROM python:3.11.14-slim-bookworm AS base
# The same Debian packages as tools/prepare.py asks for (PACKAGES_RUN): what WeasyPrint draws letters with, and their fonts.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/portal

FROM base AS build
COPY requirements.lock ./
COPY tools ./tools
# requirements.lock, every package with its hash; uv itself stays behind.
RUN python tools/prepare.py run && .venv/bin/python -m pip uninstall --quiet --yes uv
COPY . .
RUN .venv/bin/python tools/prepare.py messages \
    && .venv/bin/python -m compileall -q -j 0 .venv agenda logistics rcm_portal registration
# Keys that nothing is ever encrypted with: the settings do not load without any.
RUN export SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    FIELD_ENCRYPTION_KEYS="$(python -c 'import base64, secrets; print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())')" \
    ALLOWED_HOSTS=build.invalid PORTAL_BASE_URL=https://build.invalid PORTAL_VAR=/tmp/var STATIC_ROOT=/srv/portal/static-collected \
    && .venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM base
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin portal
COPY --from=build /srv/portal /srv/portal
# Volumes that are mounted here for the first time take over this owner; files of the portal itself belong to root.
RUN install -d -o portal -g portal -m 0700 var /srv/volumes/files /srv/volumes/proxy
ENV PATH=/srv/portal/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/tmp/cache \
    PORTAL_VAR=/srv/portal/var \
    STATIC_ROOT=/srv/portal/static-collected \
    GUNICORN_BIND=0.0.0.0:8000
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["gunicorn", "rcm_portal.wsgi"]
