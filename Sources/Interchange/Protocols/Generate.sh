#!/usr/bin/env bash
# Makes Sources/Interchange/Generated of the protocols beside this script. Needs protoc (Debian's protobuf-compiler) and
# protoc-gen-swift on the PATH, which `swift build --product protoc-gen-swift` builds in a checkout of swift-protobuf.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
protoc --swift_out=../Generated --swift_opt=Visibility=Internal,FileNaming=DropPath onnx.proto event.proto
