import Datasets
import Networks
import Specialists
import Stage
import Storage

extension Training {
  /// Plans the training of one specialist: half of each batch is of its special classes, and the others share the
  /// dustbin class (paper, section 5.2), or with soft targets keep their own outputs (section 6.1).
  ///
  /// - Parameters:
  ///   - choice: its special classes.
  ///   - stage: name of the program, for the manifest.
  ///   - images: with labels, of as many classes as the sets.
  ///   - softTargets: of the generalist; nil for a dustbin class.
  ///   - hardWeight: of the hard targets of the other classes, 0 to 1; says nothing without soft targets.
  ///   - selection: of the images.
  ///   - validation: as of any training.
  ///   - options: as of any training.
  ///   - start: the generalist to begin with, if any.
  /// - Throws: `InputError.mismatch` for sets of other classes; `ParameterError.wrongValue`; as any training.
  package init(
    specialist choice: SpecialistSets.Choice, stage: String, images: ImageSet, softTargets: SoftTargetSet?,
    hardWeight: Double, selection: Selection, validation: ImageSet?, options: TrainingOptions, start: Model?
  ) throws {
    // Classes are numbers here: of other sets they would mean other classes.
    guard choice.sets.classes == images.classes else {
      throw InputError.mismatch(
        path: choice.sets.path, expected: "sets of \(images.classes) classes", like: images.path,
        found: String(choice.sets.classes))
    }
    guard (0...1).contains(hardWeight) else {
      throw ParameterError.wrongValue(
        parameter: "hard-weight", expected: "0 to 1", found: String(hardWeight))
    }
    let labelMap = LabelMap(
      special: choice.special, form: softTargets == nil ? .dustbin : .full, of: images.labelMap)
    let stream = try ExampleStream(
      images: images, softTargets: softTargets, selection: selection, labelMap: labelMap,
      seed: UInt64(options.seed))
    var parameters: [String: JSONValue] = [
      "specialist": JSONValue(choice.number), "special": JSONValue(choice.special),
    ]
    var objective: any Objective = HardTargetLoss()
    if let softTargets {
      objective = SpecialistLoss(
        labelMap, soft: SoftTargetLoss(temperature: try softTargets.temperature, hardWeight: hardWeight))
      parameters["hard-weight"] = JSONValue(hardWeight)
      // Only how the other classes compare is learnt from them: a net that learnt all of them is another one.
      parameters["soft-targets"] = "others"
    }
    try self.init(
      stage: stage, role: .specialist, stream: stream, validation: validation, objective: objective,
      options: options, start: start, inputs: [.init(name: "specialist-sets", choice.sets.directory)],
      parameters: parameters)
  }
}
