import ArgumentParser
import Datasets
import Evaluation
import Networks
import Programs
import Stage

/// Image shards and models → nearest neighbours, and the errors of classifying by them.
@main
struct Neighbors: StageProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-neighbors",
    abstract: "Find the nearest images by pixels, by a model's hidden layer and by its soft targets.",
    discussion: """
      For each of the images the nearest ones of another set, and the errors of naming the class that most of the k \
      nearest have. A teacher's soft targets make a similarity metric that it was never trained for (paper, \
      section 1).

      Example: dk-neighbors teacher --images shards/test --among shards/train
      """,
    version: Version.text)

  @Argument(help: "Models: directories, or model files; none to compare pixels alone.")
  var models: [String] = []

  @Option(help: "Directory of image shards whose neighbours are wanted.")
  var images: String

  @Option(help: "Directory of labelled image shards of which the neighbours are.")
  var among: String

  @Option(name: .customLong("k"), help: "Numbers of neighbours that have a vote, with commas between.")
  var counts = "1,3,5,10"

  // High by default: at 1 the small probabilities, which say what an image is like, are too close to 0.
  @Option(help: "Temperature of the soft targets.")
  var temperature = 20.0

  @Option(help: "Also write the JSON object to this file.")
  var output: String?

  @Option(help: "Also write a CSV file: each image, its neighbours, and their distances.")
  var neighbors: String?

  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    guard let counts = NumberList.integers(counts, in: 1...1000) else {
      throw OptionError.wrongValue(
        option: "--k", expected: "numbers of 1 to 1000 such as 1,3,5", found: "'\(counts)'")
    }
    try OptionRange.checkTemperature(temperature)
    let references = try ImageSet(among)
    let queries = try ImageSet(images).matched(to: references, labels: references.labelMap)
    // Without labels nothing tells whether the neighbours vote for the right class.
    guard queries.isLabelled else { throw InputError.noLabels(path: images) }
    let read = try models.map { try Model($0) }
    let study = try NeighborStudy(
      read, of: queries, among: references, counts: counts, temperature: temperature)
    StaleNotes.warn(
      [queries.directory, references.directory] + read.compactMap(\.directory), console)
    // Opened before the search, whose time grows with the product of both sets.
    let files = try ResultFile.open(
      [("--output", output), ("--neighbors", neighbors)], inputs: models + [images, among])
    let progress = ProgressMeter("neighbors", total: study.pairs, unit: "pairs", console: console)
    // The rows follow as they are found, so memory does not grow with the number of images.
    try files[1]?.write(Array(NeighborRows.heading.utf8))
    let report = try study.run(
      threads: common.threads, progress: progress,
      write: files[1].map { file in { try file.write(Array($0.utf8)) } })
    try files[1]?.finish()
    try ResultFile.finish(files[0], report)
    console.note("done: \(queries.examples) images in \(Format.duration(progress.seconds))")
    try console.result(report, json: common.json, text: report.table.text)
  }
}
