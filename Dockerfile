# The image of every Airflow service in docker-compose.yml: Airflow with this package on top.
FROM apache/airflow:3.3.2

WORKDIR /opt/zcompile
COPY --chown=airflow:0 pyproject.toml README.md LICENSE ./
COPY --chown=airflow:0 compiler compiler
COPY --chown=airflow:0 runtime runtime
COPY --chown=airflow:0 templates templates

# What the image brings stays as it is; only what is missing is added. The group `examples` holds
# the libraries that the example pipelines import on the workers.
RUN python -m pip install --no-cache-dir "pip>=25.1" \
    && python -m pip freeze --exclude-editable | grep '==' > /tmp/image.txt \
    && python -m pip install --no-cache-dir --constraint /tmp/image.txt \
        --group pyproject.toml:examples ".[s3]" \
    && rm /tmp/image.txt

# A volume mounted at one of these takes over its owner and mode.
RUN mkdir -m 0700 /opt/airflow/zcompile /opt/airflow/remote
WORKDIR /opt/airflow
