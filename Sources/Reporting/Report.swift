import Datasets
import Evaluation
import Networks
import Stage
import Storage

/// A self-contained HTML page about models, their trainings and their predictions.
package struct Report {
  /// Largest number of models to evaluate for the report. A sweep has hundreds; then none is evaluated.
  private static let evaluatedLimit = 16
  /// Largest number of models with omitted classes to show.
  private static let omittedLimit = 4
  /// Largest text file, in bytes.
  private static let textLimit = 1 << 22

  private var findings: Findings
  private let judged: Judged?
  private let threads: Int
  private let title: String
  private let tables: [(name: String, text: String)]
  /// The dark-knowledge picture as an SVG file; nil before `html`, and without a teacher or images.
  package private(set) var picture: String?

  /// Searches the paths, and reads the images.
  ///
  /// - Parameters:
  ///   - paths: finished directories, directories that contain some, and JSON files of evaluations.
  ///   - images: path of labelled images; nil for a test or validation set below `paths`.
  ///   - tables: paths of text files to include unchanged.
  ///   - title: of the page.
  ///   - threads: number of threads; does not change the result.
  /// - Throws: `StorageError`, `StageError`; `InputError.noExamples` if there is no model and no evaluation,
  ///   `.noLabels` for images without labels.
  package init(_ paths: [String], images: String?, tables: [String], title: String, threads: Int) throws {
    findings = try Findings(paths)
    self.title = title
    self.threads = threads
    self.tables = try tables.map {
      (
        FileSystem.name($0),
        String(decoding: try InputFile.contents(of: $0, limit: Self.textLimit), as: UTF8.self)
      )
    }
    if let images {
      let set = try ImageSet(images)
      guard set.isLabelled else { throw InputError.noLabels(path: images) }
      judged = try Judged(set)
    } else {
      judged = try Self.judge(findings.images).map { try Judged($0) }
    }
  }

  /// A set of images that no model was trained on: the test set, else the validation set; nil for none.
  private static func judge(_ sets: [ImageSet]) -> ImageSet? {
    let labelled = sets.filter { $0.isLabelled && $0.copies.count == 1 }
    for split in ["test", "validation"] {
      if let set = labelled.first(where: { $0.directory.manifest.parameters["split"]?.string == split }) {
        return set
      }
    }
    return nil
  }

  /// Makes the page.
  ///
  /// - Parameter note: called with a line of progress for each model.
  /// - Throws: `StorageError`, `StageError`, `InputError`.
  /// - Returns: HTML.
  package mutating func html(_ note: (String) -> Void) throws -> String {
    // First, because results and curves by temperature include the new evaluations.
    try evaluateMissing(note)
    let results = ResultsSection(findings)
    var sections = [results.section].compactMap { $0 }
    for table in tables {
      sections.append(
        Section(
          id: "table-\(sections.count)", title: table.name, body: "<pre>\(HTML.escape(table.text))</pre>"))
    }
    if let curves = try CurvesSection.section(findings) { sections.append(curves) }
    if let temperature = TemperatureSection.section(results.rows) { sections.append(temperature) }
    if let judged { sections += try looks(at: judged, note) }
    if let specialists = SpecialistsSection.section(findings, judged) { sections.append(specialists) }
    return HTML.page(title: title, sections: sections)
  }

  /// The sections that need predictions for single images.
  private mutating func looks(at judged: Judged, _ note: (String) -> Void) throws -> [Section] {
    let threads = threads
    func look(_ model: Findings.Model?) throws -> JudgedModel? {
      guard let model else { return nil }
      note("looks at \(judged.set.path) with \(model.name)")
      return try judged.logits(model, threads: threads).map { JudgedModel(model: model, logits: $0) }
    }
    // Models that lack classes are no typical teachers or students: they have a section of their own.
    let whole = findings.models.filter { OmittedSection.omitted($0, classes: judged.names.count).isEmpty }
    let teacher = try look(whole.first { $0.role == .teacher })
    let student = try look(whole.first { $0.role == .student })
    let baseline = try look(whole.first { $0.role == .baseline })
    // One model of each group: its seeds would show nearly the same images.
    var groups: Set<String> = []
    let omitted = try findings.models.filter {
      !OmittedSection.omitted($0, classes: judged.names.count).isEmpty && groups.insert($0.group).inserted
    }.prefix(Self.omittedLimit).compactMap { try look($0) }
    picture = teacher.flatMap { DarkKnowledgePicture.file(judged, $0) }
    let all = [baseline, teacher, student].compactMap { $0 }
    return [
      teacher.flatMap { DarkKnowledgeSection.section(judged, $0) },
      teacher.flatMap { NeighborSection.section(judged, $0) },
      MistakesSection.section(judged, teacher, student), OmittedSection.section(judged, omitted),
      ConfusionSection.section(judged, all), CalibrationSection.section(judged, all),
    ].compactMap { $0 }
  }

  private mutating func evaluateMissing(_ note: (String) -> Void) throws {
    guard let set = judged?.set else { return }
    // An ensemble's evaluation tells nothing about its members, so only those of single models count.
    let known = Set(
      findings.evaluations.filter { $0.evaluation.images == set.directory.digest }
        .flatMap { $0.evaluation.models.count == 1 ? $0.evaluation.models : [] })
    let missing = findings.models.filter { !known.contains($0.directory.digest) }
    guard missing.count <= Self.evaluatedLimit else {
      return note("\(missing.count) models have no evaluation on \(set.path), and are left out")
    }
    for model in missing {
      guard let predictor = try set.judge(model) else { continue }
      note("evaluates \(model.name)")
      let evaluation = try Evaluator(predictor).evaluate(
        shardCount: set.shards.count, threads: threads, read: { try set.read(set.shards[$0]) })
      findings.add(
        EvaluationReport(
          evaluation, models: [predictor.source], images: set, labelNames: set.labelMap.givenNames,
          parameters: predictor.parameterCount), name: model.name)
    }
  }
}
