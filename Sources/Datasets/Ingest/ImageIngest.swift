import CounterRandom
import Stage
import Storage

/// Plans the image directories made from a source: training images and validation images.
package struct ImageIngest {
  fileprivate static let arithmeticVersion = 5

  /// One directory of shards.
  package struct Part {
    /// Name of the directory within the output.
    package let split: String
    /// The stage that writes it.
    package let stage: ShardStage
  }

  /// The training set first, then the validation set, which only clean images have.
  package let parts: [Part]
  /// Classes without any image; empty for an unlabelled source.
  package let emptyClasses: [Int]

  /// Reads the labels and plans the directories.
  ///
  /// - Parameters:
  ///   - source: images, with labels if there are any.
  ///   - options: settings of the shards.
  ///   - stage: name of the program, for the manifests.
  /// - Throws: `ParameterError.wrongValue`; `InputError.labelOutOfRange`, `.someUnlabelled`, `.mismatch` for too many
  ///   images; `StorageError` for damaged sources.
  package init(_ source: any ImageSource, options: IngestOptions, stage: String) throws {
    try options.check()
    guard source.count <= Int(UInt32.max) else {
      throw InputError.mismatch(
        path: source.inputs[0].path,
        expected: "at most \(UInt32.max) images, which indices of 32 bits can tell apart",
        like: nil, found: String(source.count))
    }
    let named = options.classes ?? options.labelNames?.count
    let (labels, taken) = try Self.checkedLabels(source, options, classes: named)
    let largest = labels.map { labels in taken.reduce(0) { max($0, labels[Int($1)]) } } ?? 0
    let classes = named ?? Int(largest) + 1
    guard options.validation < taken.count else {
      throw ParameterError.wrongValue(
        parameter: "validation", expected: "fewer than the \(taken.count) images there are",
        found: String(options.validation))
    }
    // Refused before the source is read: readers reject larger shards. 16 more bytes a row: index, variant and label
    // take 4, 4 and at most 4, the meaning of a variant a few.
    let shardBytes = options.shardSize.multipliedReportingOverflow(by: source.shape.count + 16)
    guard !shardBytes.overflow, shardBytes.partialValue < ZstdFrame.contentLimit - (1 << 20) else {
      throw ParameterError.wrongValue(
        parameter: "shard-size", expected: "shards below 1 GiB of images", found: String(options.shardSize))
    }
    let planner = PartPlanner(
      source: source, options: options, stage: stage, labels: labels, classes: classes)
    // Drawn from all rows, before the parts are planned: a distorted and a clean set with the same seed leave out the
    // same images.
    let heldOut = ValidationSplit.heldOut(
      labels: labels.map { labels in taken.map { labels[Int($0)] } }
        ?? [UInt32](repeating: 0, count: taken.count), classes: labels == nil ? 1 : classes,
      count: options.validation, seed: UInt64(options.seed))
    func rows(_ isHeld: Bool) -> [UInt32] {
      taken.indices.lazy.filter { heldOut[$0] == isHeld }.map { taken[$0] }
    }
    var parts = [planner.part(options.split, rows: rows(false), isValidation: false)]
    // Validation images are never distorted, so the clean set's directory serves all distorted sets.
    if options.validation > 0, options.distortion == nil {
      parts.append(
        planner.part("validation", rows: rows(true), isValidation: true))
    }
    self.parts = parts
    var seen = [Bool](repeating: labels == nil, count: classes)
    if let labels { for row in taken { seen[Int(labels[Int(row)])] = true } }
    emptyClasses = seen.indices.filter { !seen[$0] }
  }

  /// The checked labels and the rows to use.
  ///
  /// - Returns: labels [images], each below the number of classes, `UInt32.max` for an omitted image, or nil; rows
  ///   taken, ascending.
  private static func checkedLabels(_ source: any ImageSource, _ options: IngestOptions, classes: Int?) throws
    -> (labels: [UInt32]?, taken: [UInt32])
  {
    // 32 bits a row: for a large source these row numbers take the most memory.
    let all = Array(0..<UInt32(source.count))
    guard let labels = try source.labels() else { return (nil, all) }
    let without = labels.count { $0 == -1 }
    if without == labels.count || (without > 0 && options.unlabelled == .ignore) { return (nil, all) }
    if without > 0, options.unlabelled == .refuse {
      throw InputError.someUnlabelled(path: source.labelPath, count: without, of: labels.count)
    }
    // Without a given number of classes: 2^24, the largest that the options accept.
    let most = classes ?? 1 << 24
    let checked = try labels.enumerated().map { row, label in
      guard label != -1 else { return UInt32.max }
      // Before a label is used as an index or a count: a label of 2^40 would ask for as many counters.
      guard (0..<most).contains(label) else {
        throw InputError.labelOutOfRange(path: source.labelPath, row: row, label: label, classes: most)
      }
      return UInt32(label)
    }
    return (checked, without == 0 ? all : all.filter { labels[Int($0)] != -1 })
  }
}

/// Plans one directory of a source's images.
private struct PartPlanner {
  let source: any ImageSource
  let options: IngestOptions
  let stage: String
  let labels: [UInt32]?
  let classes: Int

  /// Plans the directory of the given rows.
  func part(_ split: String, rows: [UInt32], isValidation: Bool) -> ImageIngest.Part {
    let copies = isValidation ? 1 : options.copies
    let maker = IngestMaker(
      source: source, rows: ordered(rows, isValidation), labels: labels, classes: classes,
      shardSize: options.shardSize, distortion: options.distortion, seed: UInt64(options.seed))
    var parameters: [String: JSONValue] = [
      "split": JSONValue(split), "validation": JSONValue(options.validation),
      "shard-size": JSONValue(options.shardSize), "order": JSONValue(options.order.rawValue),
      "seed": JSONValue(options.seed),
      "classes": JSONValue(classes),
    ]
    if let distortion = options.distortion { parameters["distortion"] = .object(distortion.parameters) }
    parameters.merge(source.parameters) { own, _ in own }
    if options.unlabelled != .refuse { parameters["unlabelled"] = JSONValue(options.unlabelled.rawValue) }
    let identities = IdentityMaker(
      .images, arithmeticVersion: ImageIngest.arithmeticVersion, parameters: parameters)
    // Every shard's identity contains the whole source: one label elsewhere may move rows between shards.
    let inputs = source.inputs.map(\.digest)
    var outputs: [Plan.Output] = []
    for copy in 0..<copies {
      let folder = options.distortion != nil ? ShardFile.copyFolder(copy) + "/" : ""
      for shard in 0..<maker.shardsPerCopy {
        outputs.append(identities.output(folder + ShardFile.name(shard), inputs: inputs))
      }
    }
    outputs.append(identities.output(Manifest.statisticsName, inputs: inputs))
    // Added after the identities of the shards: more copies, or other names, leave existing shards valid.
    parameters["copies"] = JSONValue(copies)
    if let names = options.labelNames { parameters[LabelNames.parameter] = JSONValue(names) }
    let plan = Plan(
      kind: .images, stage: stage, arithmeticVersion: ImageIngest.arithmeticVersion, parameters: parameters,
      inputs: source.inputs, outputs: outputs)
    let shape = source.shape
    return ImageIngest.Part(
      split: split,
      stage: ShardStage(
        plan,
        counts: [
          "classes": classes, "rows": shape.rows, "columns": shape.columns, "channels": shape.channels,
          "labelled": labels == nil ? 0 : 1, ImageSet.sourceImages: source.count,
        ], copies: copies, sources: [source.identity], maker: maker))
  }

  /// The rows in the order of the shards.
  private func ordered(_ rows: [UInt32], _ isValidation: Bool) -> [UInt32] {
    guard options.order == .mixed else { return rows }
    let random = CounterRandom(seed: UInt64(options.seed), purpose: .sourceOrder)
    // A counter of its own for each part, or equal lengths would give both the same permutation.
    return random.permutation(rows.count, isValidation ? 1 : 0).map { rows[Int($0)] }
  }
}
