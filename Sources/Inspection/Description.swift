import Datasets
import Foundation
import Networks
import Stage
import Storage
import Training

/// The contents of one of our files or directories, as pairs for a table.
package struct Description: Encodable, Sendable {
  /// One line of the table.
  package struct Field: Encodable, Sendable {
    /// Name, such as `tensor labels`.
    package let name: String
    /// Value, as text for people.
    package let value: String
  }

  /// Path, kind and manifest first, then classes, files and tensors.
  package private(set) var fields: [Field] = []

  private mutating func add(_ name: String, _ value: some CustomStringConvertible) {
    fields.append(Field(name: name, value: value.description))
  }

  /// The fields as a table for a terminal.
  package var table: Table { Table(fields.map { [$0.name, $0.value] }, .left) }

  /// Reads a file or directory.
  ///
  /// - Throws: `StorageError`, `StageError` if it is damaged or of no known kind.
  package init(_ path: String) throws {
    guard let type = try FileSystem.type(path) else { throw StorageError.missing(path: path) }
    add("path", path)
    if type == .directory {
      try addDirectory(path)
    } else if FileSystem.name(path) == Manifest.fileName {
      try addManifest(try FinishedDirectory(FileSystem.parent(path)))
    } else if path.hasSuffix(ShardFile.suffix) {
      try addShard(try InputFile.contents(of: path, limit: ZstdFrame.contentLimit), path)
    } else if path.hasSuffix(".safetensors") || FileSystem.name(path) == Manifest.statisticsName {
      add("kind", "safetensors file")
      try addTensors(try SafetensorsReader(path).header, bytes: FileSystem.size(path) ?? 0)
    } else {
      try addIDX(path)
    }
  }

  private mutating func addDirectory(_ path: String) throws {
    let names = try FileSystem.list(path)
    guard !names.contains(Manifest.fileName) else { return try addManifest(try FinishedDirectory(path)) }
    if names.contains(Checkpoint.fileName) { add("checkpoint", "of an unfinished training") }
    let parts = names.filter { FileSystem.kind(FileSystem.join(path, $0 + "/" + Manifest.fileName)) != nil }
    guard !parts.isEmpty else { throw StageError.notFinished(path: path, holds: []) }
    add("kind", "directory of \(parts.count) finished directories")
    for part in parts {
      let directory = try FinishedDirectory(FileSystem.join(path, part))
      add(
        part,
        "\(directory.manifest.kind.name), \(directory.manifest.outputs.count) files, sha256 \(directory.digest.short)"
      )
    }
  }

  private mutating func addManifest(_ directory: FinishedDirectory) throws {
    let manifest = directory.manifest
    add(
      "kind",
      "\(manifest.kind.name): finished output of \(manifest.recipe.stage), version "
        + "\(manifest.recipe.arithmeticVersion) of its arithmetic")
    if let role = manifest.recipe.role { add("role", role.rawValue) }
    add("sha256", directory.digest)
    for (name, value) in manifest.parameters.sorted(by: { $0.key < $1.key }) {
      add("parameter \(name)", value)
    }
    let locations = Locations(directory: directory.path)
    for input in manifest.recipe.inputs {
      let place = locations.paths[input.name].map { ", \($0)" } ?? ""
      add("input \(input.name)", input.digest.short + place)
    }
    for (name, value) in manifest.counts.sorted(by: { $0.key < $1.key }) { add("count \(name)", value) }
    for (name, value) in manifest.results.sorted(by: { $0.key < $1.key }) { add("result \(name)", value) }
    for (number, source) in manifest.sources.enumerated() { add("source \(number)", source.short) }
    if let set = PublishedSet(sources: manifest.sources) { add("published set", set.name) }
    addClasses(manifest)
    add("files", "\(manifest.outputs.count), \(Format.bytes(manifest.bytes))")
    if let first = manifest.outputs.first {
      let path = directory.path(of: first)
      add("first file", first.path)
      // Checked against the manifest: another run may have replaced the directory meanwhile.
      let bytes = try directory.contents(of: first)
      if first.path.hasSuffix(ShardFile.suffix) {
        try addShard(bytes, path)
      } else {
        try addTensors(try Safetensors(bytes, path: path).header, bytes: first.bytes)
      }
    }
  }

  /// Adds the examples of each class, and the classes without any.
  private mutating func addClasses(_ manifest: Manifest) {
    guard manifest.kind == .images else { return }
    var counts = [Int](repeating: 0, count: manifest.counts["classes"] ?? 0)
    for output in manifest.shards {
      // Without counts for every shard there is no total; a partial one would look complete.
      guard let own = output.summary?.examplesPerClass else { return }
      for (label, count) in own.enumerated() { counts[label] += count }
    }
    guard !counts.isEmpty else { return }
    // Every copy holds each image once, so the counts of one copy are those of the images.
    let copies = max(1, manifest.counts["copies"] ?? 1)
    add("examples per class", counts.map { String($0 / copies) }.joined(separator: " "))
    let empty = counts.indices.filter { counts[$0] == 0 }
    if !empty.isEmpty { add("classes without any image", empty.map(String.init).joined(separator: " ")) }
  }

  private mutating func addShard(_ frame: [UInt8], _ path: String) throws {
    let content = try Safetensors(try ZstdFrame.decompress(frame, path: path), path: path)
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
