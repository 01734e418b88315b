# The image of the GitHub Action and of the GitLab, Azure and Bitbucket templates.
# The base is named by tag. Pin it to the digest that your registry shows:  --build-arg PYTHON_IMAGE=python@sha256:...
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS libraries
WORKDIR /build
COPY requirements.lock requirements-build.lock ./
# Exact versions with hashes, and wheels only: nothing from a package index runs while the image is built.
RUN python -m venv --without-pip /app \
 && pip --python /app/bin/python install --no-cache-dir --require-hashes --only-binary :all: --requirement requirements.lock \
 && python -m venv --without-pip /tools \
 && pip --python /tools/bin/python install --no-cache-dir --require-hashes --only-binary :all: --requirement requirements-build.lock

FROM libraries AS program
COPY pyproject.toml README.md LICENSE ./
COPY src src
# --root: beside the libraries, so that a release is a layer of its own.
RUN pip --python /tools/bin/python wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir dist . \
 && pip --python /app/bin/python install --no-cache-dir --no-index --no-deps --root /program dist/*.whl \
 && sed -i '1s/$/ -I/' /program/app/bin/atlantis-gate

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="atlantis-gate" \
      org.opencontainers.image.licenses="Apache-2.0"
# What changes least comes first: a release replaces the last two layers, about 1 MB.
COPY --from=libraries /app /app
COPY --from=program /program/app /app
COPY entrypoint.py /app/entrypoint.py
ENV PATH="/app/bin:${PATH}"
# No USER: GitHub's runner owns the output and summary files as root, so another user could not write them
# (https://docs.github.com/en/actions/reference/workflows-and-actions/dockerfile-support#user). Elsewhere any user will do.
# No WORKDIR: GitHub sets its own, so the paths are absolute.
# -I here and in the script above: nothing in the checkout, in HOME or in a PYTHON* variable can be imported in the program's place.
ENTRYPOINT ["/app/bin/python", "-I", "/app/entrypoint.py"]
