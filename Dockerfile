# The hub as one image: web and worker are the same code with another command (compose.yaml).
FROM python:3.11.15-slim-bookworm AS libraries
COPY requirements.txt .
RUN python -m venv /opt/hub \
    && /opt/hub/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
       -r requirements.txt

FROM python:3.11.15-slim-bookworm
ENV PATH=/opt/hub/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    INSTANCE_DIR=/var/lib/hub
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin hub \
    && install --directory --owner=hub --group=hub --mode=0750 /var/lib/hub
COPY --from=libraries /opt/hub /opt/hub
WORKDIR /srv/hub
COPY config.py wsgi.py gunicorn.conf.py ./
COPY migrations migrations/
COPY templates templates/
COPY hub hub/
RUN python -m compileall -q .
USER 10001
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "wsgi:app"]
