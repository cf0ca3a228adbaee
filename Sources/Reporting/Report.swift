import Datasets
import Evaluation
import Networks
import Stage
import Storage

/// One page of HTML, which needs nothing else, on models, their trainings and what they say of images.
package struct Report {
  /// More models without an evaluation are left out: a sweep has hundreds.
  private static let evaluatedLimit = 16
  private static let omittedLimit = 4
  private static let textLimit = 1 << 22

  private var findings: Findings
  private let judged: Judged?
  private let threads: Int
  private let title: String
  private let tables: [(name: String, text: String)]
  /// The dark knowledge of the page as a file of SVG; nil before there is a page, and without a teacher or images.
  package private(set) var picture: String?

  /// Looks for what there is, and reads the images.
  ///
  /// - Parameters:
  ///   - paths: of directories of ours, of directories that hold some, and of kept evaluations.
  ///   - images: labelled images to look at; nil for a test or validation set that is among the rest.
  ///   - tables: text files that become part of the page as they are.
  ///   - title: of the page.
  ///   - threads: that work.
  /// - Throws: `StorageError`, `StageError`; `InputError.noExamples` where there is nothing to report on.
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

  /// The set that nobody has learnt from.
  private static func judge(_ sets: [ImageSet]) -> ImageSet? {
    let labelled = sets.filter { $0.isLabelled && $0.copies.count == 1 }
    for split in ["test", "validation"] {
      if let set = labelled.first(where: { $0.directory.manifest.parameters["split"]?.string == split }) {
        return set
      }
    }
    return nil
  }

  /// The page.
  ///
  /// - Parameter note: is told each model.
  /// - Throws: `StorageError`, `StageError`, `InputError`.
  /// - Returns: HTML.
  package mutating func html(_ note: (String) -> Void) throws -> String {
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

  /// Sections that need a model's words on single images.
  private mutating func looks(at judged: Judged, _ note: (String) -> Void) throws -> [Section] {
    let threads = threads
    func look(_ model: Findings.Model?) throws -> JudgedModel? {
      guard let model else { return nil }
      note("looks at \(judged.set.path) with \(model.name)")
      return try judged.logits(model, threads: threads).map { JudgedModel(model: model, logits: $0) }
    }
    let whole = findings.models.filter { OmittedSection.omitted($0, classes: judged.names.count).isEmpty }
    let teacher = try look(whole.first { $0.role == .teacher })
    let student = try look(whole.first { $0.role == .student })
    let baseline = try look(whole.first { $0.role == .baseline })
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
