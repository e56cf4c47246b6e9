# One image for every Airflow component of docker-compose.yaml. PostgreSQL has its own.
FROM python:3.13-slim

# PYTHONDONTWRITEBYTECODE stays unset: pip compiles at build time, and five processes start from it.
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PATH=/opt/venv/bin:$PATH

RUN python -m venv /opt/venv \
    # The folders that become volumes belong to the user that writes them.
    && useradd --uid 10001 --no-create-home --home-dir /var/lib/trimestre --shell /usr/sbin/nologin trimestre \
    && install -d -m 0700 -o trimestre -g trimestre \
        /var/lib/trimestre /var/lib/trimestre/airflow /var/lib/trimestre/documents \
        /var/lib/trimestre/drop /var/lib/trimestre/landing /var/lib/trimestre/logs /var/lib/trimestre/uploads \
        /var/lib/trimestre/watching

WORKDIR /opt/trimestre
# Before the code, so that a change of code does not install every package again.
COPY requirements.lock ./
RUN pip install --no-deps --require-hashes -r requirements.lock

# Log-ins by LDAP: --build-arg LDAP=1. The client library has no wheel; its compiler does not stay.
ARG LDAP=
COPY deploy/ldap.lock ./deploy/ldap.lock
RUN if [ -n "$LDAP" ]; then apt-get update && apt-get install --yes --no-install-recommends \
        libldap2 gcc libc6-dev libldap-dev libsasl2-dev \
    && pip install --no-deps --require-hashes --no-build-isolation -r deploy/ldap.lock \
    && apt-get purge --yes --auto-remove gcc libc6-dev libldap-dev libsasl2-dev \
    && rm -rf /var/lib/apt/lists/* && python -c "import ldap"; fi

COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN pip install --no-deps --no-build-isolation -e .

COPY dags ./dags
COPY plugins ./plugins
COPY sources ./sources
# A volume too: the page writes accepted targets into it.
COPY --chown=trimestre:trimestre framework ./framework
COPY expectations ./expectations
COPY sql ./sql
COPY deploy/webserver_config.py ./deploy/webserver_config.py

USER trimestre
ENV AIRFLOW_HOME=/var/lib/trimestre/airflow \
    TRIMESTRE_HOME=/var/lib/trimestre \
    TRIMESTRE_PROJECT=/opt/trimestre
