# The bot: built with everything that trains, run with what answers, by an account of its own.
FROM python:3.10.13-slim-bookworm AS build
WORKDIR /opt/marrow
COPY bot/requirements.lock bot/encoder.lock bot/
RUN python -m venv .venv-bot \
    && .venv-bot/bin/pip install --no-cache-dir --require-hashes -r bot/requirements.lock \
    && .venv-bot/bin/pip install --no-cache-dir --no-deps --require-hashes -r bot/encoder.lock
COPY bot/ bot/
COPY data/ data/
COPY config.yml domain.yml endpoints.yml credentials.yml endpoints.production.yml credentials.production.yml ./
# Importing TensorFlow prints a page of advice; four minutes on two processors.
ENV RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3
RUN .venv-bot/bin/python -m bot.tools.prepare_encoder \
    && .venv-bot/bin/python -m bot train --skip-validation --fixed-model-name marrow --out models \
    && rm -rf .rasa

FROM python:3.10.13-slim-bookworm
RUN groupadd --system --gid 10001 marrow && useradd --system --uid 10001 --gid marrow --no-create-home marrow \
    && install -d -o marrow -g marrow -m 0700 /var/lib/marrow
WORKDIR /opt/marrow
COPY --from=build /opt/marrow/ ./
COPY scripts/ scripts/
COPY widget/dist/ widget/dist/
COPY deploy/images/start deploy/images/start
ENV MARROW_DATA_DIR=/var/lib/marrow MARROW_ENVIRONMENT=production
USER 10001:10001
EXPOSE 5005
ENTRYPOINT ["deploy/images/start", ".venv-bot/bin/python"]
CMD ["-m", "bot", "run", "--endpoints", "endpoints.production.yml", "--credentials", "credentials.production.yml", "-i", "0.0.0.0", "-p", "5005", "--model", "models/marrow.tar.gz"]
