# Folio on a CPU or an NVIDIA GPU: the same image, since torch's Linux wheels bring CUDA with them.
#   docker build -t folio .
#   docker run -p 7860:7860 -v folio:/data folio                 (add --gpus all for a GPU)
# Everyone who reaches the port may write; only whoever shows CREATIVE_OWNER_KEY (-e CREATIVE_OWNER_KEY=...) may do more.
FROM python:3.12-slim

# 1000 is the user a Space runs a container as.
RUN useradd --create-home --uid 1000 writer \
 && install --directory --owner=writer --group=writer /app /data
WORKDIR /app

# Before the code, so that a change of the code does not install everything again.
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt

COPY --chown=writer:writer app.py LICENSE ./
COPY --chown=writer:writer creative ./creative

USER writer
# Drafts, voices and downloaded models last; everything else goes with the container.
ENV CREATIVE_HOME=/data \
    HF_HOME=/data/hub \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_ANALYTICS_ENABLED=False \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 7860

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/folio/health', timeout=4)"]

CMD ["python", "app.py"]
