import Stage
import Storage

/// Turns a source of images into image shards; the work of `dk-ingest`.
package struct ImageIngest {
  package static let stage = "dk-ingest"
  private static let arithmeticVersion = 2

  /// One directory to make.
  package struct Part {
    package let split: String
    /// Whether it holds the validation images rather than the others.
    let takesHeldOut: Bool
    let copies: Int
    package let examples: Int
    package let plan: Plan
  }

  package let parts: [Part]
  private let source: any ImageSource
  private let options: IngestOptions
  private let labels: [UInt16]
  private let heldOut: [Bool]
  private let classes: Int

  /// Reads the labels and plans the directories.
  ///
  /// - Throws: `DatasetError.wrongOption`, `.labelOutOfRange`; `StorageError` for bad sources.
  package init(_ source: any ImageSource, options: IngestOptions) throws {
    try options.check()
    labels = try source.labels()
    let classes = options.classes ?? Int(labels.max() ?? 0) + 1
    if let row = labels.firstIndex(where: { $0 >= classes }) {
      throw DatasetError.labelOutOfRange(
        path: source.labelPath, row: row, label: Int(labels[row]), classes: classes)
    }
    guard options.validation < source.count else {
      throw DatasetError.wrongOption(
        "--validation: expected fewer than the \(source.count) images there are, found \(options.validation)")
    }
    let shardBytes = options.shardSize.multipliedReportingOverflow(by: source.rows * source.columns + 8)
    guard !shardBytes.overflow, shardBytes.partialValue < ZstdFrame.contentLimit - (1 << 20) else {
      throw DatasetError.wrongOption(
        "--shard-size: expected shards below 1 GiB of images; choose fewer examples")
    }
    self.source = source
    self.options = options
    self.classes = classes
    heldOut = ValidationSplit.heldOut(
      labels: labels, classes: classes, count: options.validation, seed: options.seed)
    var parts = [
      try Self.part(
        options.split, takesHeldOut: false, examples: source.count - options.validation, source, options,
        classes)
    ]
    // The validation images are never shifted, so the clean set's directory serves every jittered one.
    if options.validation > 0, options.jitter == 0 {
      parts.append(
        try Self.part(
          "validation", takesHeldOut: true, examples: options.validation, source, options, classes))
    }
    self.parts = parts
  }

  private static func part(
    _ split: String, takesHeldOut: Bool, examples: Int, _ source: any ImageSource, _ options: IngestOptions,
    _ classes: Int
  ) throws -> Part {
    let copies = takesHeldOut ? 1 : options.copies
    var parameters: [String: JSONValue] = [
      "split": JSONValue(split), "validation": JSONValue(options.validation),
      "jitter": JSONValue(options.jitter), "shard-size": JSONValue(options.shardSize),
      "seed": JSONValue(Int(options.seed)), "classes": JSONValue(classes),
    ]
    var outputs: [Plan.Output] = []
    for copy in 0..<copies {
      for shard in 0..<(examples + options.shardSize - 1) / options.shardSize {
        let path = path(shard: shard, copy: options.jitter > 0 ? copy : nil)
        let identity = try CanonicalJSON.digest(of: [
          "stage": JSONValue(stage), "arithmeticVersion": JSONValue(arithmeticVersion),
          "path": JSONValue(path),
          "parameters": .object(parameters), "inputs": .array(source.inputs.map { JSONValue($0.digest.hex) }),
        ])
        outputs.append(Plan.Output(path: path, identity: identity))
      }
    }
    // Not in the identity of a shard: more copies leave those that exist as they are.
    parameters["copies"] = JSONValue(copies)
    return Part(
      split: split, takesHeldOut: takesHeldOut, copies: copies, examples: examples,
      plan: Plan(
        stage: stage, arithmeticVersion: arithmeticVersion, parameters: parameters, inputs: source.inputs,
        outputs: outputs))
  }

  private static func path(shard: Int, copy: Int?) -> String {
    let folder = copy.map { "copy=\($0 < 10 ? "0" : "")\($0)/" } ?? ""
    return folder + ShardFile.name(shard)
  }

  // MARK: Making

  private var maker: ShardMaker {
    ShardMaker(
      rows: source.rows, columns: source.columns, jitter: Jitter(reach: options.jitter, seed: options.seed))
  }

  /// Makes what is pending in `works`, one for each part, reading the source once.
  ///
  /// - Parameter progress: advanced by one for each image written.
  /// - Throws: `StorageError`; `StageError.interrupted`.
  package func make(_ works: [Work], threads: Int, progress: ProgressMeter) throws {
    var blocks = parts.indices.map { ImageBlock(part: $0, number: 0) }
    var full: [ImageBlock] = []
    let pixels = source.rows * source.columns
    var read = 0
    while read < source.count {
      let count = min(options.shardSize, source.count - read)
      let images = try source.nextImages(count)
      for offset in 0..<count {
        let index = read + offset
        guard let part = parts.firstIndex(where: { $0.takesHeldOut == heldOut[index] }) else { continue }
        blocks[part].images += images[offset * pixels..<(offset + 1) * pixels]
        blocks[part].labels.append(labels[index])
        blocks[part].indices.append(UInt32(index))
        if blocks[part].indices.count == options.shardSize {
          full.append(blocks[part])
          blocks[part] = ImageBlock(part: part, number: blocks[part].number + 1)
        }
      }
      read += count
      if full.count >= threads {
        try write(full, works, threads: threads, progress: progress)
        full = []
      }
    }
    full += blocks.filter { !$0.indices.isEmpty }
    try write(full, works, threads: threads, progress: progress)
  }

  /// Images that the pending shards of `works` hold.
  package func pendingExamples(_ works: [Work]) -> Int { pendingExamples(works, parts) }

  private func pendingExamples(_ works: [Work], _ parts: [Part]) -> Int {
    zip(works, parts).reduce(0) { sum, pair in
      let (work, part) = pair
      let lastShard = (part.examples - 1) / options.shardSize
      return sum
        + work.pending.reduce(0) {
          let isLast = $1.path.hasSuffix(Self.path(shard: lastShard, copy: nil))
          return $0 + (isLast ? part.examples - lastShard * options.shardSize : options.shardSize)
        }
    }
  }

  /// What making `works` would take, judged by one shard that is made and forgotten.
  ///
  /// - Throws: `StorageError` for bad sources.
  package func estimate(_ works: [Work], threads: Int) throws -> [(bytes: Int, seconds: Double)] {
    var block = ImageBlock(part: 0, number: 0)
    let count = min(options.shardSize, source.count)
    block.images = try source.nextImages(count)
    block.labels = Array(labels.prefix(count))
    block.indices = (0..<UInt32(count)).map { $0 }
    var bytes = 0
    let elapsed = try ContinuousClock().measure {
      let shifts = maker.shifts(block, copies: 1)[0]
      bytes = try maker.shard(block, shifts: shifts).frame(metadata: [:], path: "estimate").count
    }
    return zip(works, parts).map { work, part in
      let share = Double(pendingExamples([work], [part])) / Double(count)
      return (
        Int(Double(bytes) * Double(part.examples * part.copies) / Double(count)),
        elapsed.seconds * share / Double(threads)
      )
    }
  }

  private func write(_ blocks: [ImageBlock], _ works: [Work], threads: Int, progress: ProgressMeter) throws {
    var tasks: [(block: Int, copy: Int, output: Plan.Output)] = []
    for (index, block) in blocks.enumerated() {
      let pending = Set(works[block.part].pending.map(\.path))
      for copy in 0..<parts[block.part].copies {
        let path = Self.path(shard: block.number, copy: options.jitter > 0 ? copy : nil)
        guard pending.contains(path) else { continue }
        if let output = works[block.part].plan.outputs.first(where: { $0.path == path }) {
          tasks.append((index, copy, output))
        }
      }
    }
    let shifts = try shifts(blocks, threads: threads)
    let publishers = works.map { $0.publisher() }
    let made = Collected<(part: Int, entry: Manifest.Output)>()
    // While one thread waits for the disk another can compress.
    try Processors.forEach(below: tasks.count, threads: threads > 1 ? 2 * threads : 1) {
      [tasks, maker, classes, splits = parts.map(\.split)] index in
      let task = tasks[index]
      let block = blocks[task.block]
      let content = maker.shard(block, shifts: shifts[task.block][task.copy])
      let metadata = [
        ShardFile.identityKey: task.output.identity.hex, "split": splits[block.part],
        "copy": String(task.copy), "classes": String(classes),
      ]
      let frame = try content.frame(metadata: metadata, path: task.output.path)
      let entry = try publishers[block.part].publish(frame, as: task.output, examples: content.count)
      made.append((block.part, entry))
      progress.advance(by: content.count)
    }
    for (part, entry) in made.elements { works[part].adopt([entry]) }
  }

  /// Of every block, [copies][images, 2].
  private func shifts(_ blocks: [ImageBlock], threads: Int) throws -> [[[Int8]]] {
    let drawn = Collected<(block: Int, shifts: [[Int8]])>()
    try Processors.forEach(below: blocks.count, threads: threads) { [maker, copies = parts.map(\.copies)] in
      drawn.append(($0, maker.shifts(blocks[$0], copies: copies[blocks[$0].part])))
    }
    return drawn.elements.sorted { $0.block < $1.block }.map(\.shifts)
  }

  /// What the manifest of a part counts.
  package func counts(_ part: Part) -> [String: Int] {
    [
      "examples": part.examples, "copies": part.copies, "classes": classes, "rows": source.rows,
      "columns": source.columns, "shards": part.plan.outputs.count,
    ]
  }
}
