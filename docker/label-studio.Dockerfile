# Label Studio with our extension in it. A team's own image does: install this package there with --no-deps and start it the same way.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

RUN pip install label-studio==1.23.2

WORKDIR /src
COPY . .
# Label Studio has already what the extension needs, and pins what the service must not be held to.
RUN pip install --no-deps . && rm -rf /src

# Uploads, exports and the key that signs sessions are kept in /data.
RUN useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin expert \
    && install --directory --owner=expert --group=expert --mode=700 /data
ENV LABEL_STUDIO_BASE_DATA_DIR=/data LS_EXPERT_DATA_DIR=/data
USER 10001
WORKDIR /data

ENTRYPOINT ["ls-expert", "label-studio"]
CMD ["start", "--no-browser", "--internal-host", "0.0.0.0", "--port", "8080", "--data-dir", "/data"]
