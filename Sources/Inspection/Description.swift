import Datasets
import Distillation
import Foundation
import Networks
import Stage
import Storage

/// What a file or directory of ours holds, as pairs for a table.
package struct Description: Encodable, Sendable {
  package struct Field: Encodable, Sendable {
    package let name: String
    package let value: String
  }

  package private(set) var fields: [Field] = []

  private mutating func add(_ name: String, _ value: some CustomStringConvertible) {
    fields.append(Field(name: name, value: value.description))
  }

  package var table: String { Format.table(left: fields.map { [$0.name, $0.value] }) }

  /// - Throws: `StorageError`, `StageError` if it is nothing of ours or damaged.
  package init(_ path: String) throws {
    guard let kind = FileSystem.kind(path) else { throw StorageError.missing(path: path) }
    add("path", path)
    if kind == .directory {
      try addDirectory(path)
    } else if FileSystem.name(path) == Manifest.fileName {
      try addManifest(try Whole(FileSystem.parent(path)))
    } else if path.hasSuffix(ShardFile.suffix) {
      try addShard(path)
    } else if path.hasSuffix(".safetensors") {
      add("kind", "safetensors file")
      try addTensors(try SafetensorsReader(path).header, bytes: FileSystem.size(path) ?? 0)
    } else {
      try addIDX(path)
    }
  }

  private mutating func addDirectory(_ path: String) throws {
    let names = try FileSystem.list(path)
    guard !names.contains(Manifest.fileName) else { return try addManifest(try Whole(path)) }
    if names.contains(Checkpoint.fileName) { add("checkpoint", "of an unfinished training") }
    let parts = names.filter { FileSystem.kind(FileSystem.join(path, $0 + "/" + Manifest.fileName)) != nil }
    guard !parts.isEmpty else { throw StageError.notFinished(path: path) }
    add("kind", "directory of \(parts.count) finished directories")
    for part in parts {
      let whole = try Whole(FileSystem.join(path, part))
      add(
        part, "\(whole.manifest.stage), \(whole.manifest.outputs.count) files, sha256 \(whole.digest.short)")
    }
  }

  private mutating func addManifest(_ whole: Whole) throws {
    let manifest = whole.manifest
    add(
      "kind", "finished output of \(manifest.stage), version \(manifest.arithmeticVersion) of its arithmetic")
    add("sha256", whole.digest)
    for (name, value) in manifest.parameters.sorted(by: { $0.key < $1.key }) {
      add("parameter \(name)", value)
    }
    let locations = Locations(directory: whole.directory)
    for input in manifest.inputs {
      let place = locations.paths[input.name].map { ", \($0)" } ?? ""
      add("input \(input.name)", input.digest.short + place)
    }
    for (name, value) in manifest.counts.sorted(by: { $0.key < $1.key }) { add("count \(name)", value) }
    for (name, value) in manifest.results.sorted(by: { $0.key < $1.key }) { add("result \(name)", value) }
    let bytes = manifest.outputs.reduce(0) { $0 + $1.bytes }
    add("files", "\(manifest.outputs.count), \(Format.bytes(bytes))")
    if let first = manifest.outputs.first {
      let path = whole.path(of: first)
      add("first file", first.path)
      if first.path.hasSuffix(ShardFile.suffix) {
        try addShard(path)
      } else {
        try addTensors(try SafetensorsReader(path).header, bytes: first.bytes)
      }
    }
  }

  private mutating func addShard(_ path: String) throws {
    let frame = try InputFile.contents(of: path, limit: ZstdFrame.contentLimit)
    let content = try ShardFile.decode(frame, path: path)
    let ratio = Double(content.bytes.count) / Double(max(1, frame.count))
    add(
      "zstd frame",
      "\(Format.bytes(frame.count)) for \(Format.bytes(content.bytes.count)), ratio "
        + "\(Format.significant(ratio)), checksum right")
    try addTensors(content.header, bytes: content.bytes.count)
  }

  private mutating func addTensors(_ header: SafetensorsHeader, bytes: Int) throws {
    for (name, layout) in header.tensors.sorted(by: { $0.key < $1.key }) {
      add("tensor \(name)", "\(layout.type.rawValue) \(layout.shape), \(Format.bytes(layout.range.count))")
    }
    for (name, value) in header.metadata.sorted(by: { $0.key < $1.key }) { add("metadata \(name)", value) }
  }

  private mutating func addIDX(_ path: String) throws {
    for (axes, name) in [(3, "images"), (1, "labels")] {
      guard let reader = try? IDXReader(path, axes: axes, elementTypes: [0x08, 0x0B, 0x0C]) else { continue }
      add("kind", "IDX \(name)")
      add("extents", reader.dimensions)
      add("sha256", try Digest(ofFile: path))
      return
    }
    throw StorageError.malformed(
      path: path, reason: "expected a directory, shard, safetensors or IDX file, found none of them")
  }
}
