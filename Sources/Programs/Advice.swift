import Machine
import Stage
import Storage
import Training

/// Advice that names options or programs, which libraries do not know.
package enum Advice {
  private static func maker(of kind: DirectoryKind) -> String {
    switch kind {
    case .images: "dk-ingest"
    case .logits, .softTargets: "dk-soften"
    case .model: "dk-teach or dk-distill"
    case .specialistSets: "dk-specialize"
    }
  }

  /// Advice on an error; nil if its message is enough.
  package static func text(for error: any Error) -> String? {
    switch error {
    case let error as InputError: text(for: error)
    case let error as StageError: text(for: error)
    case is MachineError: "fewer units by --hidden and a smaller --batch-size need less"
    // Before the other training errors: a learning rate that is too high is only one cause of this one.
    case TrainingError.atChance:
      "try another --learning-rate, more --epochs, or see whether the labels are those of the images"
    case is TrainingError: "lower --learning-rate"
    // Advice that does not fit the cause would mislead, so most errors have none.
    default: nil
    }
  }

  private static func text(for error: InputError) -> String? {
    switch error {
    case .otherRow, .otherShard, .missingShard:
      "make them from these images with \(maker(of: .softTargets))"
    case .differs: "make it again with \(maker(of: .softTargets)) --force"
    case .wrongModel: "give a model of \(maker(of: .model))"
    case .wrongSets: "make the sets again with \(maker(of: .specialistSets))"
    case .specialist: "name it by --specialists"
    case .ambiguousChannels: "say which by --channels"
    case .someUnlabelled: "--unlabelled drop leaves these out, --unlabelled ignore takes all without labels"
    case .noEvaluation: "dk-evaluate --output writes one"
    case .notOneHot: "if one column of the table is the label, name it by --label-column"
    case .labelOutOfRange: "the number of classes is --classes"
    default: nil
    }
  }

  private static func text(for error: StageError) -> String? {
    switch error {
    case .wrongKind(_, let expected, _): expected.first.map { "expected the output of \(maker(of: $0))" }
    case .wrongManifest: "with --force if it is to be replaced"
    case .madeOtherwise: "use another --output, or --force to replace it"
    case .notOurs, .overlap, .link: "use another --output"
    case .partsMissing: "make them by --part or --shards, or run without --finish"
    default: nil
    }
  }
}
