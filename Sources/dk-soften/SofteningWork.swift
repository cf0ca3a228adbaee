import Datasets
import Networks
import Programs
import Stage
import Teachers

/// The directories of one softening, one after the other: the logits, then each temperature.
struct SofteningWork {
  private static let stage = "dk-soften"

  let temperatures: [Double]
  let combination: Combination
  let encoding: SoftTargetEncoding
  let request: OutputRequest
  let threads: Int
  let console: Console
  private let begin = ContinuousClock.now

  init(
    temperatures: [Double], combination: Combination, encoding: SoftTargetEncoding, request: OutputRequest,
    threads: Int, console: Console
  ) {
    self.temperatures = temperatures
    self.combination = combination
    self.encoding = encoding
    self.request = request
    self.threads = threads
    self.console = console
  }

  /// Makes the logits, then the temperatures.
  func soften(_ source: any LogitSource, _ images: ImageSet) throws -> [DirectorySummary] {
    try TemperatureStage.check(encoding, classes: source.classes)
    StaleNotes.warn([images.directory], console)
    let logits = LogitStage(source, images: images, stage: Self.stage)
    let own = request.below(LogitStage.directory)
    let outcome = try logits.stage.make(own, threads: threads, console: console, results: logits.results)
    if request.part != nil {
      console.note(
        DirectorySummary.lastLine([outcome.summary], seconds: (ContinuousClock.now - begin).seconds))
      return [outcome.summary]
    }
    guard let manifest = outcome.manifest else {
      // Dry, and the logits are not there: a temperature holds as many numbers as one teacher's logits.
      let planned = temperatures.map {
        DirectorySummary(
          request.below(TemperatureStage.directory($0)).output, shards: logits.shardCount,
          // A float a class, four bytes of index and of variant.
          bytes: logits.examples * (logits.classes * 4 + 8), seconds: 0, examples: images.examplesPerCopy)
      }
      return [outcome.summary] + planned
    }
    say(logits.agreement(manifest.outputs), own.output)
    // From the disk, like logits that an earlier run made: the same checks, and the same bytes. The parts that were
    // joined were of the logits.
    var whole = request
    whole.joinsParts = false
    return try finish([outcome.summary], SoftTargetSet(own.output), whole)
  }

  /// Makes the temperatures alone.
  func soften(_ logits: SoftTargetSet) throws -> [DirectorySummary] {
    StaleNotes.warn([logits.directory], console)
    return try finish([], logits, request)
  }

  private func finish(
    _ first: [DirectorySummary], _ logits: SoftTargetSet, _ request: OutputRequest
  ) throws -> [DirectorySummary] {
    var summaries = first
    for temperature in temperatures {
      let stage = try TemperatureStage(
        logits, temperature: temperature, combination: combination, encoding: encoding, stage: Self.stage)
      let own = request.below(TemperatureStage.directory(temperature))
      let outcome = try stage.stage.make(own, threads: threads, console: console, results: stage.results)
      summaries.append(outcome.summary)
      if let results = outcome.manifest?.results, let kl = results["kl"]?.double,
        let largest = results["largest-difference"]?.double
      {
        console.note(
          "\(own.output): against dense f32: KL \(Format.significant(kl)) nats, largest difference "
            + Format.significant(largest))
      }
    }
    console.note(DirectorySummary.lastLine(summaries, seconds: (ContinuousClock.now - begin).seconds))
    return summaries
  }

  private func say(_ agreement: LogitStage.Agreement?, _ output: String) {
    guard let agreement else { return }
    let text = "\(output): the logits agree with \(Format.percent(agreement.share)) of the labels"
    if agreement.isNearChance {
      console.warn(
        "\(text), and naming one class always would with \(Format.percent(agreement.chance)): do they belong to these images?"
      )
    } else {
      console.note(text)
    }
  }
}
