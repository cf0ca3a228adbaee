import ArgumentParser
import Datasets
import Programs
import Stage
import Storage

/// Images and labels as a user has them → image shards.
@main
struct Ingest: StageProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-ingest",
    abstract: "Turn images and labels into shards, clean or jittered.",
    discussion: """
      Reads IDX (plain or gzip), safetensors, npy and npz files, or a folder of PNG files with a folder for each class. \
      Of several arrays in a file it takes `images` and `labels`, `x_train` and `y_train`, or `x` and `y`, or those \
      that FILE#NAME names. Images are U8 [n, rows, columns], with channels before or behind these two; labels are \
      integers [n] or [n, 1], or one-hot. Writes OUTPUT/train, and with --validation OUTPUT/validation.

      Example: dk-ingest train-images-idx3-ubyte train-labels-idx1-ubyte --validation 5000 --output shards
      Example: dk-ingest mnist.npz#x_test mnist.npz#y_test --split test --output shards
      """,
    version: Version.text)

  @Argument(help: "File of images, and labels if it has any, or folder of PNG files.")
  var images: String

  @Argument(help: "File of labels; none where they are beside the images, or for images without labels.")
  var labels: String?

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

  @OptionGroup var out: OutputOptions
  @OptionGroup(title: "Parts") var parts: PartOptions
  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    var options = IngestOptions()
    (options.split, options.validation, options.copies) = (split, validation, copies)
    options.distortion = jitter == 0 ? nil : try ShiftDistortion(reach: jitter)
    (options.shardSize, options.order, options.classes, options.seed) = (shardSize, order, classes, seed)
    options.unlabelled = unlabelled
    options.labelNames = try labelNames.map { try LabelNames.read($0) }
    // Before the source is opened, which reads it once for its digest.
    try options.check()
    let request = try parts.applied(to: out.request)
    let source = try source()
    options.labelNames = options.labelNames ?? source.labelNames
    let ingest = try ImageIngest(source, options: options, stage: "dk-ingest")
    if !ingest.emptyClasses.isEmpty { console.warn(emptyClassText(ingest.emptyClasses)) }
    let clock = ContinuousClock()
    let begin = clock.now
    var summaries: [DirectorySummary] = []
    for part in ingest.parts {
      let outcome = try part.stage.make(
        request.below(part.split), threads: common.threads, console: console)
      summaries.append(outcome.summary)
    }
    console.note(DirectorySummary.lastLine(summaries, seconds: (clock.now - begin).seconds))
    SplitNotes.warn(ingest.parts, in: out.output, console)
    StaleNotes.warn(after: summaries, console)
    try DirectorySummary.report(summaries, json: common.json, console: console)
  }

  private func source() throws -> any ImageSource {
    // What looks as it did when these were made need not be read to know that all is up to date.
    let known = FileDigests(rememberedIn: [split, "validation"].map { out.request.below($0).output })
    guard try FileSystem.type(images) == .directory else {
      return try ArraySource(
        images, labels: labels, channels: channels, labelColumn: labelColumn, digests: known)
    }
    for (option, isGiven) in [
      ("LABELS", labels != nil), ("--label-column", labelColumn != nil), ("--channels", channels != nil),
    ] where isGiven { throw OptionError.expectedOne(of: ["a folder of PNG files", option]) }
    return try ImageFolder(images, threads: common.threads, digests: known)
  }

  private func emptyClassText(_ classes: [Int]) -> String {
    let shown = classes.prefix(8).map(String.init).joined(separator: ", ")
    return classes.count == 1
      ? "class \(shown) has no image"
      : "\(classes.count) classes have no image: \(shown)\(classes.count > 8 ? ", ..." : "")"
  }
}

extension IngestOptions.Order: ExpressibleByArgument {}
extension IngestOptions.Unlabelled: ExpressibleByArgument {}
