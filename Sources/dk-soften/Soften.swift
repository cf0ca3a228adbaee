import ArgumentParser
import Datasets
import Networks
import Programs
import Stage
import Teachers

/// Teachers and image shards → logits, and soft targets at every temperature.
@main
struct Soften: StageProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-soften",
    abstract: "Compute soft targets once, for every student to come.",
    discussion: """
      Writes OUTPUT/logits in one pass of the teachers, and from it OUTPUT/temperature=T for each temperature. \
      What is there already is reused. A --part is one of the logits, whose temperatures --finish makes; of \
      --from-logits it is one of each temperature.

      Example: dk-soften teacher --images shards/train --temperatures 1,4,20 --output soft
      """,
    version: Version.text)

  @Argument(help: "Teachers: directories of models, or model files.")
  var teachers: [String] = []

  @Option(help: "Directory of image shards.")
  var images: String?

  @Option(help: "Use these logits, OUTPUT/logits of an earlier run, in place of teachers.")
  var fromLogits: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Use logits, log_probabilities or probabilities [n, classes] of another framework: safetensors files, or a "
        + "folder of them.", valueName: "files"))
  var logits: [String] = []

  @OptionGroup var panel: PanelOptions

  @Option(help: "Temperatures, with commas between.")
  var temperatures = "1,2,4,8,20"

  @Option(help: "How several teachers are averaged: arithmetic or geometric.")
  var combine = Combination.arithmetic

  @Option(help: "Type of the soft targets: f32 or f16.")
  var dtype = SoftTargetEncoding.Precision.f32

  @Option(help: "Keep the k most probable classes, and the rest as one number (default: all).")
  var topK: Int?

  @OptionGroup var out: OutputOptions
  @OptionGroup(title: "Parts") var parts: PartOptions
  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    guard [!teachers.isEmpty, fromLogits != nil, !logits.isEmpty].filter({ $0 }).count == 1 else {
      throw OptionError.expectedOne(of: ["teachers", "--from-logits", "--logits"])
    }
    // Options are checked before any file is read: a typing error must not cost a pass over the images.
    try panel.check(generalists: teachers, as: "teacher")
    let work = try Softening(
      stage: "dk-soften", temperatures: Softening.temperatures(temperatures), combination: combine,
      encoding: SoftTargetEncoding(precision: dtype, topK: topK), request: parts.applied(to: out.request),
      threads: common.threads, console: console)
    let summaries: [DirectorySummary]
    if let fromLogits {
      // The logits name their images, and no teacher runs: another temperature costs a softmax.
      let logits = try SoftTargetSet(fromLogits)
      StaleNotes.warn([logits.directory], console)
      summaries = try work.soften(logits)
    } else {
      guard let images else {
        throw OptionError.missing(option: "--images", expected: "the directory of image shards")
      }
      let set = try ImageSet(images)
      let source = try logitSource(set)
      StaleNotes.warn([set.directory], console)
      summaries = try work.soften(source, set)
    }
    StaleNotes.warn(after: summaries, console)
    try DirectorySummary.report(summaries, json: common.json, console: console)
  }

  private func logitSource(_ set: ImageSet) throws -> any LogitSource {
    if !logits.isEmpty {
      // The files may be gigabytes: a digest that an earlier run has computed is not computed again.
      let known = FileDigests(rememberedIn: [out.request.below(LogitStage.directory).output])
      return try ForeignLogits(logits, images: set, digests: known)
    }
    if let read = try panel.read(
      teachers, inputs: set.shape.count, labels: set.isLabelled ? set.labelMap : nil, of: set.path)
    {
      return PanelLogits(read)
    }
    return try TeacherLogits(teachers, images: set)
  }
}
