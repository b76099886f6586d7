# docker build -t trayimport . && docker run --rm -v "$PWD:/data" trayimport validate mappings/
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY trayimport ./trayimport
RUN python -m venv /opt/trayimport && /opt/trayimport/bin/pip install --no-cache-dir '.[all]'

FROM python:3.12-slim
RUN useradd --uid 10001 --create-home trayimport
COPY --from=build /opt/trayimport /opt/trayimport
ENV PATH=/opt/trayimport/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
# Mappings, schemas and the ledger live outside of the image: /data is where commands look for them.
WORKDIR /data
ENTRYPOINT ["trayimport"]
CMD ["--help"]
