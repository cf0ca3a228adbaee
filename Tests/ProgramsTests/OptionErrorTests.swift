import Programs
import Stage
import Storage
import Testing

@Suite struct OptionErrorTests {
  @Test func `A parameter is spelled as the option or argument that sets it`() {
    let option = OptionError(ParameterError.wrongValue(parameter: "top-k", expected: "1 to 9", found: "0"))
    #expect(option.description == "--top-k: expected 1 to 9, found 0")
    let argument = OptionError(ParameterError.missing(parameter: "MODELS", expected: "a model"))
    #expect(argument.description == "MODELS: expected a model, found none; see --help")
  }

  @Test(arguments: [
    OptionError.wrongValue(option: "--k", expected: "1", found: "2"),
    .missing(option: "--k", expected: "1"), .expectedOne(of: ["--a", "--b"]), .unreadable("odd"),
  ])
  func `Each is a fault of usage and one line`(error: OptionError) {
    #expect(ExitStatus.of(error) == 64)
    #expect(!error.description.contains("\n"))
  }

  @Test func `Options that exclude each other are named`() {
    #expect(
      OptionError.expectedOne(of: ["--csv", "--json"]).description
        == "expected one of --csv, --json; see --help")
  }
}

@Suite struct AdviceTests {
  @Test(
    arguments: [
      (InputError.missingShard(targets: "soft", images: "set"), "dk-soften"),
      (.wrongModel(path: "m", reason: "other"), "dk-teach or dk-distill"),
      (.wrongSets(path: "s", expected: "a set", found: "none"), "dk-specialize"),
      (.specialist(path: "m", classes: "3,5"), "--specialists"),
      (.ambiguousChannels(path: "f", shape: "[3, 3, 3]"), "--channels"),
      (.someUnlabelled(path: "f", count: 1, of: 2), "--unlabelled drop"),
      (.notOneHot(path: "f", row: 0, found: "two 1s"), "--label-column"),
      (.noEvaluation(path: "f"), "dk-evaluate --output"),
      (.labelOutOfRange(path: "f", row: 0, label: 9, classes: 3), "--classes"),
    ] as [(InputError, String)])
  func `A bad input has the option or program that helps`(error: InputError, word: String) {
    #expect(Advice.text(for: error)?.contains(word) == true, "\(Advice.text(for: error) ?? "none")")
  }

  @Test(
    arguments: [
      (.images, "dk-ingest"), (.logits, "dk-soften"), (.softTargets, "dk-soften"),
      (.specialistSets, "dk-specialize"),
      (.model, "dk-teach or dk-distill"),
    ] as [(DirectoryKind, String)])
  func `A directory of the wrong kind has the program that makes the right one`(
    kind: DirectoryKind, program: String
  ) {
    let error = StageError.wrongKind(path: "d", expected: [kind], found: kind == .images ? .model : .images)
    #expect(Advice.text(for: error) == "expected the output of \(program)")
  }

  @Test func `An error that says all itself has no advice`() {
    #expect(Advice.text(for: InputError.noLabels(path: "set")) == nil)
    #expect(Advice.text(for: StorageError.missing(path: "set")) == nil)
    #expect(Advice.text(for: OptionError.missing(option: "--k", expected: "1")) == nil)
  }
}
