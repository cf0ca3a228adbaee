import Datasets
import Stage
import Storage

/// A directory of a test's own, and sets of tiny pictures that are made in it without a program.
///
/// A picture tells where it came from even after it was shifted by a pixel: 3x3 pixels of 4 channels, each with the
/// image's number (high and low byte), the pixel's own place, and 255.
package struct ImageSpace: Sendable {
  package static let side = 3
  package static let channels = 4
  /// Numbers in a picture.
  package static let inputs = side * side * channels
  package static let console = Console(program: "test", quiet: true)

  package let directory: TemporaryDirectory

  package init() throws { directory = try TemporaryDirectory() }

  /// The picture of one image, unshifted.
  package static func picture(_ index: Int) -> [UInt8] {
    (0..<side * side).flatMap { [UInt8(index >> 8), UInt8(index & 255), UInt8($0), 255] }
  }

  /// What a picture tells of itself by its middle pixel, which a shift by one fills from within.
  ///
  /// - Parameter picture: [3, 3, 4], pixels.
  /// - Returns: position in the source, and (dy, dx) in pixels.
  package static func origin(of picture: ArraySlice<UInt8>) -> (index: UInt32, shift: Shift) {
    let middle = picture.dropFirst(4 * channels).prefix(channels).map { Int($0) }
    precondition(middle[3] == 255, "no picture of ours")
    return (
      UInt32(middle[0] << 8 | middle[1]),
      Shift(dy: Int8(1 - middle[2] / side), dx: Int8(1 - middle[2] % side))
    )
  }

  /// Writes a source of one picture for each label.
  ///
  /// - Parameters:
  ///   - name: of the file, without suffix.
  ///   - labels: [images].
  ///   - isLabelled: whether the file holds them.
  ///   - salt: makes another file of the same pictures.
  /// - Returns: the source.
  /// - Throws: `StorageError`.
  package func source(
    _ name: String = "source", labels: [Int], isLabelled: Bool = true, salt: String = ""
  ) throws -> ArraySource {
    var writer = SafetensorsWriter(metadata: ["salt": salt])
    writer.add(
      "images", labels.indices.flatMap { Self.picture($0) },
      shape: [labels.count, Self.side, Self.side, Self.channels])
    if isLabelled { writer.add("labels", labels.map { Int64($0) }, shape: [labels.count]) }
    let path = directory(name + ".safetensors")
    try AtomicFile.write(try writer.bytes(), to: path)
    return try ArraySource(path, channels: .last)
  }

  /// Ingests a source.
  ///
  /// - Parameters:
  ///   - source: of any images.
  ///   - name: of the output; the parts are below it.
  ///   - threads: at most as many.
  ///   - change: sets the options.
  /// - Returns: the sets, the one for training first.
  /// - Throws: `StageError`, `StorageError`, `ParameterError`, `InputError`.
  package func ingest(
    _ source: any ImageSource, to name: String = "images", threads: Int = 2,
    _ change: (inout IngestOptions) -> Void = { _ in }
  ) throws -> [ImageSet] {
    var options = IngestOptions()
    change(&options)
    return try ImageIngest(source, options: options, stage: "dk-test").parts.map { part in
      let output = directory(name + "/" + part.split)
      _ = try part.stage.make(OutputRequest(output: output), threads: threads, console: Self.console)
      return try ImageSet(output)
    }
  }

  /// The one set of a source of which nothing is held out, made of pictures.
  ///
  /// - Parameters:
  ///   - labels: [images].
  ///   - name: of source and output.
  ///   - isLabelled: whether the set has them.
  ///   - change: sets the options.
  /// - Returns: the set.
  /// - Throws: as `ingest`.
  package func set(
    labels: [Int], name: String = "images", isLabelled: Bool = true,
    _ change: (inout IngestOptions) -> Void = { _ in }
  ) throws -> ImageSet {
    try ingest(source(name, labels: labels, isLabelled: isLabelled), to: name, change)[0]
  }

  /// Writes a directory by hand, as no stage would: its manifest is right in itself, whatever its shards say. What
  /// was there before is gone.
  ///
  /// - Parameters:
  ///   - name: of the directory.
  ///   - kind: as the manifest has it.
  ///   - arithmeticVersion: of the stage.
  ///   - parameters: as the manifest has them.
  ///   - counts: beside examples, shards and copies.
  ///   - sources: as the manifest has them.
  ///   - shards: by their paths, in this order.
  /// - Returns: the path of the directory.
  /// - Throws: `StageError`, `StorageError`.
  package func forge(
    _ name: String, kind: DirectoryKind, arithmeticVersion: Int = 1, parameters: [String: JSONValue],
    counts: [String: Int], sources: [Digest], shards: [(path: String, content: ShardFile.Content)]
  ) throws -> String {
    let identities = IdentityMaker(kind, arithmeticVersion: arithmeticVersion, parameters: parameters)
    let plan = Plan(
      kind: kind, stage: "dk-test", arithmeticVersion: arithmeticVersion, parameters: parameters, inputs: [],
      outputs: shards.map { identities.output($0.path, inputs: []) })
    try FileSystem.remove(directory(name))
    let output = try OutputDirectory(plan, OutputRequest(output: directory(name)), threads: 1)
    try output.begin()
    for (position, shard) in shards.enumerated() {
      let frame = try shard.content.frame(identity: plan.outputs[position].identity, path: shard.path)
      output.adopt([try output.publisher.publish(frame, at: position, summary: shard.content.summary)])
    }
    try output.finish(sources: sources) { outputs in
      let examples = outputs.reduce(0) { $0 + $1.examples }
      return (
        counts.merging(["examples": examples, "shards": outputs.count, "copies": 1]) { own, _ in own }, [:]
      )
    }
    return directory(name)
  }
}
