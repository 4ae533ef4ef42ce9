/// A scenario with steps. Each step has a time limit, and the next one starts when all is calm.
protocol StepScenario: AnyObject {
    /// Does what a step says.
    func act(_ step: JSON) async throws

    /// Whether nothing is under way except what the server holds back.
    func isCalm() async -> Bool
}

extension StepScenario {
    func playSteps(_ steps: [JSON]) async throws {
        for (index, step) in steps.enumerated() {
            let start = ContinuousClock.now
            do {
                try await act(step)
                try await settle(since: start)
                guard start.duration(to: .now) <= longestStep else { throw Mismatch("too slow") }
            } catch {
                throw Mismatch("step \(index + 1) \(step.text): \(error)")
            }
        }
    }

    /// Gives calls that were started in the background the time to wait for a held response.
    func awaitStart() async throws {
        try await Task.sleep(for: .milliseconds(50))
    }

    /// Checks three times in a row, because one look may fall between two states.
    private func settle(since start: ContinuousClock.Instant) async throws {
        var calm = 0
        while calm < 3 {
            try await Task.sleep(for: .milliseconds(2))
            guard start.duration(to: .now) < longestStep else { throw Mismatch("not calm") }
            calm = await isCalm() ? calm + 1 : 0
        }
    }
}

/// The time limit of a step, in real time.
private let longestStep = Duration.seconds(10)
