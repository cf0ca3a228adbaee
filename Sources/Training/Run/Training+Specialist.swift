import Datasets
import Networks
import Specialists
import Stage
import Storage

extension Training {
  /// Plans the training of one specialist. Half of each batch has its special classes. The other classes share the
  /// dustbin class (paper, section 5.2); with soft targets they keep their own outputs (section 6.1).
  ///
  /// - Parameters:
  ///   - choice: the specialist's number and special classes.
  ///   - stage: name of the program, for the manifest.
  ///   - images: training images with labels, of as many classes as the sets.
  ///   - softTargets: soft targets of the generalist; nil for a dustbin class.
  ///   - hardWeight: weight of the hard targets within the other classes, 0 to 1; unused without soft targets.
  ///   - selection: selection of the training images.
  ///   - validation: as in every training.
  ///   - options: as in every training.
  ///   - start: the generalist whose weights to start from; nil for random weights.
  /// - Throws: `InputError.mismatch` for sets of other classes; `ParameterError.wrongValue`; as every training.
  package init(
    specialist choice: SpecialistSets.Choice, stage: String, images: ImageSet, softTargets: SoftTargetSet?,
    hardWeight: Double, selection: Selection, validation: ImageSet?, options: TrainingOptions, start: Model?
  ) throws {
    // Sets hold class numbers, which would mean other classes in a data set with another number of classes.
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
      // Recorded, because this loss takes only the comparison of the other classes from the soft targets; a net
      // trained on all of them would differ.
      parameters["soft-targets"] = "others"
    }
    try self.init(
      stage: stage, role: .specialist, stream: stream, validation: validation, objective: objective,
      options: options, start: start, inputs: [.init(name: "specialist-sets", choice.sets.directory)],
      parameters: parameters)
  }
}
