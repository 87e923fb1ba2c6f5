# The expert service, the worker, the ML backend and the chores (migrate, demo, connect, doctor): one image, one command each.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# The dependencies by themselves, so that a change of our code does not install them again.
WORKDIR /src
COPY setup.cfg pyproject.toml ./
COPY ls_expert_plugin/__init__.py ls_expert_plugin/
# label-studio-ml asks for a Flask of 2021; what it imports of the rest is in our own list.
RUN pip install ".[service]" && pip install --no-deps label-studio-ml==1.0.9 \
    && pip uninstall --yes ls-expert-plugin && rm -rf build *.egg-info
COPY . .
RUN pip install --no-deps . && rm -rf /src

# /data is the default LS_EXPERT_DATA_DIR; a volume mounted there takes over its owner.
RUN useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin expert \
    && install --directory --owner=expert --group=expert --mode=700 /data
ENV LS_EXPERT_DATA_DIR=/data
USER 10001
WORKDIR /data

ENTRYPOINT ["ls-expert"]
CMD ["serve", "--host", "0.0.0.0"]
