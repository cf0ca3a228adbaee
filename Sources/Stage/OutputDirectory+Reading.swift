import Storage

/// What is already there, where its entry cannot be taken on trust.
extension OutputDirectory {
  /// Reads files whose entries are not taken on trust.
  ///
  /// - Returns: positions of those that are right, with the entries of those that no manifest lists.
  func check(_ positions: [Int]) throws -> [(Int, Manifest.Output?)] {
    let right = Collected<(Int, Manifest.Output?)>()
    try Processors.forEach(below: positions.count, threads: threads) { [plan, directory, listed] index in
      let position = positions[index]
      let path = FileSystem.join(directory, plan.outputs[position].path)
      if let entry = listed[position] {
        if try Digest(ofFile: path) == entry.sha256 { right.append((position, nil)) }
      } else if let entry = try Self.orphan(plan.outputs[position], path) {
        right.append((position, entry))
      }
    }
    return right.elements
  }

  /// The entry of a file made by a run that did not reach its end: a shard says itself what it is.
  private static func orphan(_ output: Plan.Output, _ path: String) throws -> Manifest.Output? {
    // Another file does not say what determined it, and is made again.
    guard output.path.hasSuffix(ShardFile.suffix) else { return nil }
    let bytes = try InputFile.contents(of: path, limit: ZstdFrame.contentLimit)
    // The frame's checksum vouches for the bytes, the identity for what they are.
    guard let shard = try? ShardFile(bytes, path: path), shard.identity == output.identity else { return nil }
    return Manifest.Output(
      path: output.path, bytes: bytes.count, sha256: Digest(of: bytes), identity: output.identity,
      summary: shard.summary)
  }
}

/// What a manifest says of a plan's outputs, by their positions.
struct ListedOutputs: Sendable {
  private let outputs: [Manifest.Output]
  /// Nil where both have the same paths in the same order, as they do unless the set has grown.
  private let positions: [Int?]?

  init(_ manifest: Manifest?, _ planned: [Plan.Output]) {
    outputs = manifest?.outputs ?? []
    if outputs.count == planned.count, zip(outputs, planned).allSatisfy({ $0.path == $1.path }) {
      positions = nil
    } else {
      let byPath = Dictionary(outputs.enumerated().map { ($1.path, $0) }) { first, _ in first }
      positions = planned.map { byPath[$0.path] }
    }
  }

  subscript(position: Int) -> Manifest.Output? {
    guard let positions else { return outputs[position] }
    return positions[position].map { outputs[$0] }
  }
}
