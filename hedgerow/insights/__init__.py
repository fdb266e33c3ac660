"""Questions about events and their answers: each kind makes HogQL trees and shapes the rows that come back."""
