import ArgumentParser
import Datasets
import Programs
import Stage

/// How a source becomes shards, as options.
struct IngestArguments: ParsableArguments {
  @Option(help: "Name of the directory made under OUTPUT.")
  var split = "train"

  @Option(help: "Images held out for validation, each class by its share.")
  var validation = 0

  @Option(help: "Largest shift in pixels; the validation images are left out, not shifted.")
  var jitter = 0

  @Option(help: "Copies of the set, every image shifted otherwise in each; at most (2 jitter + 1)².")
  var copies = 1

  @Option(help: "Examples in a shard.")
  var shardSize = 4096

  @Option(
    help:
      "mixed: rows go into shards in a seeded order, each shard a sample of the source; source: in its own.")
  var order = IngestOptions.Order.mixed

  @Option(help: "Number of classes (default: the largest label plus one).")
  var classes: Int?

  @Option(help: "Column of a table of labels, counted from 0.")
  var labelColumn: Int?

  @Option(help: "Images with a label of -1 beside others with labels: refuse, drop, or ignore all labels.")
  var unlabelled = IngestOptions.Unlabelled.refuse

  @Option(
    help: "Where channels stand, before rows and columns or behind: first or last (default: by the extents).")
  var channels: ChannelOrder?

  @Option(help: "File of what people call the classes, one name a line, in the order of the labels.")
  var labelNames: String?

  @Option(help: "Makes the order, the split and the shifts repeatable.")
  var seed = 0

  /// The options as a value of the library, with the checks that need no source.
  ///
  /// - Throws: `ParameterError.wrongValue`; `StorageError` for the file of names.
  func options() throws -> IngestOptions {
    var options = IngestOptions()
    (options.split, options.validation, options.copies) = (split, validation, copies)
    // No shift is no distortion: only undistorted sets get a validation directory.
    options.distortion = jitter == 0 ? nil : try ShiftDistortion(reach: jitter)
    (options.shardSize, options.order, options.classes, options.seed) = (shardSize, order, classes, seed)
    options.unlabelled = unlabelled
    options.labelNames = try labelNames.map { try LabelNames.read($0) }
    try options.check()
    return options
  }
}

extension IngestOptions.Order: ExpressibleByArgument {}
extension IngestOptions.Unlabelled: ExpressibleByArgument {}
