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

# The CUDA libraries are wheels that torch depends on, and the driver is the host's (NVIDIA Container Toolkit). An image
# with CUDA inside would bring the libraries a second time, in a version torch does not use.
FROM base-worker AS worker-gpu
COPY --from=build-worker /opt/venv /opt/venv
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 10001:10001
CMD ["worker", "--lanes", "gpu"]
