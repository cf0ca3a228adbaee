import Storage

/// Checks every manifest when it is read, so that later code need not expect manifests edited by hand: paths stay
/// inside the directory, numbers are within bounds, counts agree with each other.
enum ManifestCheck {
  /// Largest accepted count; small enough that later sums and products with class or row sizes do not overflow.
  static let countLimit = 1 << 40
  private static let classLimit = 1 << 24
  private static let pixelLimit = 64 << 20
  /// Largest accepted size of all rows of a set, uncompressed, in bytes.
  private static let unpackedLimit = 1 << 60

  /// - Throws: `JSONFault` with the reason.
  static func check(_ manifest: Manifest) throws {
    // The order matters: each check relies on those before it; sums, for example, on bounds.
    try check(manifest.recipe)
    try checkPaths(manifest.outputs.lazy.map(\.path))
    for (name, count) in manifest.counts { try expect((0...countLimit).contains(count), "count of \(name)") }
    var bytes = 0
    for output in manifest.outputs {
      try expect((0...countLimit).contains(output.bytes), "size of \(output.path)")
      // Checked at each step, so that the sum cannot overflow with any number of outputs.
      bytes += output.bytes
      try expect(bytes <= 1 << 60, "size of all files")
    }
    try expect(Set(manifest.sources).count == manifest.sources.count, "sources: one is named twice")
    switch manifest.kind {
    case .model, .specialistSets: try checkTensors(manifest)
    case .images, .logits, .softTargets: try checkShards(manifest)
    }
  }

  static func check(_ recipe: Recipe) throws {
    try expect((0...1_000_000).contains(recipe.arithmeticVersion), "arithmeticVersion")
    try expect(!recipe.stage.isEmpty && recipe.stage.utf8.count < 100, "stage")
    try expect(Set(recipe.inputs.map(\.name)).count == recipe.inputs.count, "inputs: one is named twice")
  }

  /// Checks that each path stays inside the directory and occurs once.
  static func checkPaths(_ paths: some Collection<String>) throws {
    var seen: Set<String> = []
    seen.reserveCapacity(paths.count)
    for path in paths {
      try expect(isInside(path), "path '\(path.prefix(80))': expected one inside the directory")
      try expect(seen.insert(path).inserted, "path '\(path.prefix(80))': named twice")
    }
  }

  static func isInside(_ path: String) -> Bool {
    guard !path.isEmpty, path.utf8.count < 1024, !OwnFiles.withoutData.contains(path) else { return false }
    var start = true
    for byte in path.utf8 {
      // No component is empty or starts with a dot, which excludes `..`, absolute paths and hidden files.
      if start, byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") { return false }
      guard byte >= 0x20, byte != 0x7F else { return false }
      start = byte == UInt8(ascii: "/")
    }
    return !start
  }

  private static func checkShards(_ manifest: Manifest) throws {
    func count(_ name: String, _ range: ClosedRange<Int>) throws -> Int {
      let value = manifest.counts[name]
      try expect(value.map(range.contains) ?? false, "count of \(name): \(value.map(String.init) ?? "none")")
      return value ?? 0
    }
    let examples = try count("examples", 1...countLimit)
    let classes = try count("classes", 1...classLimit)
    let copies = try count("copies", 1...countLimit)
    let shards = try count("shards", 1...countLimit)
    // The statistics file comes last, and only sets of examples have one.
    let outputs = manifest.statistics == nil ? manifest.outputs[...] : manifest.outputs.dropLast()
    try expect(
      manifest.statistics.map { $0.summary == nil && manifest.kind == .images } ?? true, "statistics")
    try expect(shards == outputs.count, "count of shards: \(shards) of \(outputs.count)")
    var total = 0
    for output in outputs {
      guard let summary = output.summary, summary.examples > 0 else {
        throw fault("examples of \(output.path)")
      }
      // Checked at each step, as above.
      total += summary.examples
      try expect(total <= countLimit, "examples of all shards")
      // Later code indexes by class without checking bounds again.
      try expect(
        (summary.examplesPerClass?.count ?? classes) == classes, "examplesPerClass of \(output.path)")
    }
    // The product of two counts up to 2^40 can overflow.
    let (expected, overflow) = examples.multipliedReportingOverflow(by: copies)
    try expect(
      !overflow && total == expected, "count of examples: \(examples) in \(copies) copies, \(total) in shards"
    )
    var rowBytes = classes * MemoryLayout<Float>.stride
    if manifest.kind == .images {
      let rows = try count("rows", 1...pixelLimit)
      let columns = try count("columns", 1...pixelLimit)
      let channels = try count("channels", 1...1024)
      // The order avoids overflow: the first product is at most 2^52, and at most 2^26 when the second is formed.
      try expect(rows * columns <= pixelLimit && rows * columns * channels <= pixelLimit, "extents of images")
      _ = try count("labelled", 0...1)
      rowBytes += rows * columns * channels
    } else {
      _ = try count("teachers", 1...1 << 20)
    }
    try expect(total <= unpackedLimit / rowBytes, "count of examples: \(total) rows of \(rowBytes) bytes")
  }

  /// Checks a model or specialist sets: files with tensors and without rows.
  private static func checkTensors(_ manifest: Manifest) throws {
    try expect(
      manifest.outputs.allSatisfy { $0.summary == nil }, "outputs: rows in a \(manifest.kind.name)")
    try expect((0...classLimit).contains(manifest.counts["classes"] ?? 0), "count of classes")
    try expect(
      manifest.outputs.contains { $0.path.hasSuffix(".safetensors") },
      "outputs: no \(manifest.kind.name)")
  }

  private static func expect(_ holds: Bool, _ what: @autoclosure () -> String) throws {
    guard holds else { throw fault(what()) }
  }

  private static func fault(_ what: String) -> JSONFault {
    JSONFault(offset: 0, reason: "impossible \(what)")
  }
}
