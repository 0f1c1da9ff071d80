# syntax=docker/dockerfile:1
# The images of the roles. Targets: api (no audio or ML packages), worker-cpu, worker-gpu.
#
#   docker build --target api -t woodshed-api .
#
# A tag may be built anew by its owners. To pin the very bytes, add the digest that
# `docker buildx imagetools inspect python:3.11-slim-bookworm` shows:
#
#   docker build --build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:… --target api .
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG CUDA_IMAGE=nvidia/cuda:13.0.1-base-ubuntu24.04

# ---- building: pip lives here and not in the images -------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_PYTHON=/opt/venv/bin/python
WORKDIR /src
RUN python -m venv --without-pip /opt/venv

FROM build AS build-api
COPY requirements-api.lock ./
RUN --mount=type=cache,target=/root/.cache/pip pip install --no-deps -r requirements-api.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY workers workers
COPY models models
RUN --mount=type=cache,target=/root/.cache/pip pip install --no-deps .

# Both kinds of worker. The usual torch for Linux brings the CUDA libraries, some 4 GB that no CPU uses: for worker-cpu an
# index of CPU builds may go here.
FROM build AS build-worker
ARG PIP_EXTRA_INDEX_URL=""
RUN --mount=type=cache,target=/root/.cache/pip pip install torch==2.13.0
COPY requirements.lock ./
RUN --mount=type=cache,target=/root/.cache/pip pip install --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY workers workers
COPY models models
RUN --mount=type=cache,target=/root/.cache/pip pip install --no-deps .

# ---- running: all that is written lies in /data (a volume) and /tmp, so the root may be read-only ---------------------
FROM ${PYTHON_IMAGE} AS base
RUN groupadd --gid 10001 woodshed \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin woodshed \
  && install --directory --owner=woodshed --group=woodshed --mode=0750 /data
COPY scripts/healthy.py /opt/healthy.py
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 WOODSHED_DATA_DIR=/data
WORKDIR /data
ENTRYPOINT ["woodshed"]

FROM base AS api
COPY --from=build-api /opt/venv /opt/venv
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s CMD ["python", "/opt/healthy.py", "api"]
CMD ["api"]

FROM base AS base-worker
# flite: the better of the two English voices that need no weights.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends flite=2.2-* \
  && rm -rf /var/lib/apt/lists/*
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s CMD ["python", "/opt/healthy.py", "worker"]
CMD ["worker"]

FROM base-worker AS worker-cpu
COPY --from=build-worker /opt/venv /opt/venv
USER 10001:10001

# The base has the CUDA runtime and tells the NVIDIA Container Toolkit which driver it needs: an older one is refused when
# the container starts. cuDNN and the rest are wheels that torch brings. Python is the one of the other images.
FROM ${CUDA_IMAGE} AS worker-gpu
# Libraries are not pinned, so that a new build gets their security updates.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends \
    ca-certificates flite libbz2-1.0 libffi8 liblzma5 libncursesw6 libreadline8t64 libsqlite3-0 libssl3t64 libuuid1 zlib1g \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 10001 woodshed \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin woodshed \
  && install --directory --owner=woodshed --group=woodshed --mode=0750 /data
COPY --from=build-worker /usr/local/bin/python3.11 /usr/local/bin/
COPY --from=build-worker /usr/local/lib/libpython3.11.so.1.0 /usr/local/lib/
COPY --from=build-worker /usr/local/lib/python3.11 /usr/local/lib/python3.11
RUN ldconfig
COPY --from=build-worker /opt/venv /opt/venv
COPY scripts/healthy.py /opt/healthy.py
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 WOODSHED_DATA_DIR=/data
WORKDIR /data
USER 10001:10001
ENTRYPOINT ["woodshed"]
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s CMD ["python", "/opt/healthy.py", "worker"]
CMD ["worker", "--lanes", "gpu"]
