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

  @OptionGroup var ingest: IngestArguments
  @OptionGroup var out: OutputOptions
  @OptionGroup(title: "Parts") var parts: PartOptions
  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    // Options are checked first, because opening the source may read all of it for its digest.
    var options = try ingest.options()
    let request = try parts.applied(to: out.request)
    let source = try source()
    // A file of names overrides those that a folder of images has.
    options.labelNames = options.labelNames ?? source.labelNames
    let plan = try ImageIngest(source, options: options, stage: "dk-ingest")
    if let text = plan.emptyClassText { console.warn(text) }
    let summaries = try plan.make(request, threads: common.threads, console: console)
    // Another split of the same images may train on images that this one holds out, or the reverse.
    for warning in OtherSplits.warnings(beside: plan.parts, in: out.output) { console.warn(warning) }
    StaleNotes.warn(after: summaries, console)
    try DirectorySummary.report(summaries, json: common.json, console: console)
  }

  private func source() throws -> any ImageSource {
    // With the digests that earlier outputs recorded, an unchanged source need not be read again.
    let known = FileDigests(
      rememberedIn: [ingest.split, "validation"].map { out.request.below($0).output })
    guard try FileSystem.type(images) == .directory else {
      return try ArraySource(
        images, labels: labels, channels: ingest.channels, labelColumn: ingest.labelColumn, digests: known)
    }
    // A folder gives labels by its subfolders and channels by its PNG files: these options would have no effect.
    for (option, isGiven) in [
      ("LABELS", labels != nil), ("--label-column", ingest.labelColumn != nil),
      ("--channels", ingest.channels != nil),
    ] where isGiven { throw OptionError.expectedOne(of: ["a folder of PNG files", option]) }
    return try ImageFolder(images, threads: common.threads, digests: known)
  }
}
