import Datasets
import Distillation
import Networks
import Programs
import Stage

/// Who is evaluated: models, a panel of specialists, or one specialist by itself.
struct Subject {
  let read: [Network.Read]
  let predictor: any Predictor
  /// Which output stands for a label.
  let outputMap: OutputMap
  /// Of the outputs.
  let labelNames: [String]?

  /// - Throws: as `Network.read`; `InputError.wrongModel`, `OptionError.wrongValue`.
  init(_ models: [String], _ panel: PanelOptions, _ set: ImageSet) throws {
    let inputs = set.shape.count
    if let panel = try panel.read(models, inputs: inputs, classes: set.classes, of: set.path) {
      read = panel.models
      predictor = panel.panel
      outputMap = OutputMap(classes: set.classes)
      labelNames = set.labelNames
      return
    }
    read = try models.map { try Network.read($0) }
    // Images that nobody has labelled have the classes of the models, which must agree on them.
    let classes =
      set.isLabelled
      ? set.classes
      : read.first.map { $0.specialty?.classes ?? $0.network.architecture.classes } ?? set.classes
    predictor = ModelPredictor(read.map(\.network), paths: models)
    if read.count == 1, read[0].specialty != nil {
      let specialty = try read[0].expectSpecialist(inputs: inputs, classes: classes, of: set.path)
      outputMap = specialty.outputMap
      let special = specialty.special.map { set.labelNames?[$0] ?? String($0) }
      labelNames = specialty.form == .full ? set.labelNames : special + ["others"]
    } else {
      for model in read { try model.expect(inputs: inputs, classes: classes, of: set.path) }
      outputMap = OutputMap(classes: classes)
      labelNames = set.labelNames
    }
  }
}
