# Packshot as a service. Everything it installs is locked and hashed; the second stage has no tool to build with.

FROM python:3.12-slim-bookworm AS built
WORKDIR /source
COPY requirements/build.txt requirements/extras.txt requirements/
RUN python -m venv /packshot \
    && /packshot/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements/extras.txt \
    && pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY src src
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir wheel . \
    && /packshot/bin/pip install --no-cache-dir --no-deps --no-index wheel/*.whl

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --create-home packshot && install --directory --owner packshot /data
COPY --from=built /packshot /packshot
ENV PATH=/packshot/bin:$PATH PACKSHOT_STATE=/data PYTHONUNBUFFERED=1
USER packshot
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as ask; ask.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
CMD ["packshot", "serve", "--host", "0.0.0.0"]
