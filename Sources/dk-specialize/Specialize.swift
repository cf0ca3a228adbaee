import ArgumentParser
import Datasets
import Networks
import Programs
import Specialists
import Stage

/// A generalist and image shards → sets of classes that it confuses.
@main
struct Specialize: StageProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-specialize",
    abstract: "Find sets of classes that a generalist confuses: one specialist each.",
    discussion: """
      Clusters the columns of the covariance matrix of the generalist's class probabilities, each class scaled to the \
      same variance, so that classes that are often thought likely together come into one set (paper, section 5.3). \
      The most correlated sets come first. dk-teach --specialist OUTPUT#k then trains the \
      specialist of set k.

      Example: dk-specialize teacher --images shards/train --specialists 8 --size 6 --output sets
      """,
    version: Version.text)

  @Argument(help: "Generalist: a directory, or a model file.")
  var generalist: String

  @Option(help: "Directory of image shards to ask it about.")
  var images: String

  @Option(help: "How many sets.")
  var specialists: Int?

  @Option(help: "Classes in each set, which may then overlap (default: each class is in one set).")
  var size: Int?

  // Above 1 by default: a confident generalist has nearly one-hot outputs at T = 1, which hardly vary together.
  @Option(help: "Of the class probabilities: of a net that is sure, those at 1 tell little.")
  var temperature = 4.0

  // k-means ends in a local optimum that depends on its start, so one start is not enough.
  @Option(help: "How often the clustering starts; the best is kept.")
  var starts = 20

  @Option(help: "Makes the clustering repeatable.")
  var seed = 0

  @Option(
    help: ArgumentHelp("Sets by hand instead, such as 4,9:3,5,8 for two of them.", valueName: "lists"))
  var sets: String?

  @OptionGroup var out: OutputOptions
  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    let model = try Model(generalist)
    let set = try ImageSet(images)
    StaleNotes.warn([set.directory] + [model.directory].compactMap { $0 }, console)
    let specialization = try Specialization(
      stage: "dk-specialize", generalist: model, images: set, method: method(), temperature: temperature)
    let (summary, manifest) = try specialization.make(
      out.request, threads: common.threads, console: console)
    StaleNotes.warn(after: [summary], console)
    guard let manifest else {
      return try DirectorySummary.report([summary], json: common.json, console: console)
    }
    console.note(summary.made == 0 ? "up to date" : "done: \(summary.output)")
    let report = SpecialistSetReport(summary, manifest, labelMap: model.labelMap.named(like: set.labelMap))
    try console.result(report, json: common.json, text: report.table.text)
  }

  private func method() throws -> Specialization.Method {
    switch (specialists, sets) {
    case (let count?, nil): return .clusters(count: count, size: size, starts: starts, seed: seed)
    case (nil, let text?):
      // Empty lists are kept, so that a stray colon is an error.
      let lists = text.split(separator: ":", omittingEmptySubsequences: false)
      return .given(
        try lists.map { list in
          guard let classes = try ClassList.read(String(list), option: "--sets"),
            Set(classes).count == classes.count
          else {
            throw OptionError.wrongValue(
              option: "--sets", expected: "different classes, such as 4,9:3,5,8", found: "'\(list)'")
          }
          // The order of the classes means nothing, so 9,4 and 4,9 must have the same identity.
          return classes.sorted()
        })
    default: throw OptionError.expectedOne(of: ["--specialists", "--sets"])
    }
  }
}
