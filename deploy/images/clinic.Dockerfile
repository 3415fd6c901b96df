# The action server, the desk, the jobs and the `marrow` command line, run by an account of its own.
FROM python:3.12.1-slim-bookworm AS build
WORKDIR /opt/marrow
COPY requirements.lock pyproject.toml README.md ./
COPY clinic/ clinic/
COPY actions/ actions/
COPY desk/ desk/
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    && .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable .

FROM python:3.12.1-slim-bookworm
# What backups of PostgreSQL need.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 marrow && useradd --system --uid 10001 --gid marrow --no-create-home marrow \
    && install -d -o marrow -g marrow -m 0700 /var/lib/marrow
WORKDIR /opt/marrow
COPY --from=build /opt/marrow/ ./
COPY data/ data/
COPY scripts/ scripts/
COPY config.yml domain.yml endpoints.production.yml credentials.production.yml ./
COPY deploy/images/start deploy/images/start
ENV MARROW_DATA_DIR=/var/lib/marrow MARROW_ENVIRONMENT=production MARROW_BIND_HOST=0.0.0.0
USER 10001:10001
EXPOSE 5055 5065
ENTRYPOINT ["deploy/images/start", ".venv/bin/python"]
CMD ["-m", "actions.server"]
