# signals as an image: `docker build -t signals-pipeline .`, or `docker compose build`.
# What it installs beside the job are extras of pyproject.toml, each with its lock in requirements/.
FROM python:3.13.15-slim-trixie AS build
ARG EXTRAS="postgres"
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/ requirements/
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install -q --require-hashes -r requirements/build.lock
RUN python -m venv /opt/signals \
    && for lock in runtime $EXTRAS; do \
        /opt/signals/bin/pip install -q --require-hashes -r requirements/$lock.lock || exit 1; \
    done
COPY . .
RUN /opt/build/bin/pip wheel -q --no-deps --no-build-isolation -w /dist . \
    && /opt/signals/bin/pip install -q --no-deps --no-index /dist/*.whl \
    && /opt/signals/bin/pip check

FROM python:3.13.15-slim-trixie
# A number, so that a volume keeps its owner whatever the system calls it.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin signals \
    && install -d -o signals -g signals /data \
    && install -d /srv/signals /cards
# Owned by root and compiled: who runs it can change none of it.
COPY --from=build /opt/signals /opt/signals
ENV PATH=/opt/signals/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SIGNALS_DATA_DIR=/data
# Whoever wants another history than that of SQLite in /data mounts a dagster.yaml here.
WORKDIR /srv/signals
VOLUME /data
USER 10001:10001
# Health checks stand in compose.yaml: web server and daemon have one each, and a single run has none.
ENTRYPOINT ["signals"]
CMD ["run"]
